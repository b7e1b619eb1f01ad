//! Applications that start while slaves are away.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    load::TASKS,
    scene::{Scene, Setup, Stage},
    slaves::{READ_LIMIT, RETURN_LIMIT},
};
use test_cluster::Cluster;

/// Less than one acquire timeout per dead node.
const START_LIMIT: Duration = Duration::from_secs(8);

pub(crate) async fn dead_slaves<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let stage = Stage::new(cluster, Setup::default()).await;
    for slave in cluster.slaves() {
        slave.kill().await.unwrap();
    }
    let begun = Instant::now();
    let db = stage.connect().await;
    let started = begun.elapsed();
    let scene = Scene::on(stage, db);
    scene.more(8 * TASKS).await;
    for slave in cluster.slaves() {
        slave.start().await.unwrap();
    }
    let begun = Instant::now();
    let one = scene.until_serves("slave-1").await;
    let both = scene
        .until_serves("slave-2")
        .await
        .and(one)
        .map(|_| begun.elapsed());
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(both, RETURN_LIMIT)
        .promise("connecting waits for no dead slave", started < START_LIMIT)
        .remark(format!("connected after {:.2} s", started.as_secs_f64()))
}
