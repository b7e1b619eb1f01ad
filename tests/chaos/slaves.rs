//! Slaves that die, hang or lag.

use std::time::Duration;

use sea_orm_routing::config::ReadsConfig;
use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    scene::{SPELL, Scene, Setup},
};
use test_cluster::Cluster;

/// A regression to sqlx's 30 s shall fail, a busy machine shall not.
pub(crate) const READ_LIMIT: Duration = Duration::from_secs(8);

/// Pauses double from 1 s while a slave is dead, and it warms up.
pub(crate) const RETURN_LIMIT: Duration = Duration::from_secs(15);

const RESTARTS: usize = 20;
const RESTARTING: Duration = Duration::from_secs(12);

/// A slave that comes and goes is down for up to a minute.
const UNSTEADY_RETURN_LIMIT: Duration = Duration::from_secs(40);

pub(crate) async fn killed<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let scene = Scene::start(cluster, Setup::default()).await;
    scene.slave(1).kill().await.unwrap();
    scene.more(SPELL).await;
    scene.slave(1).start().await.unwrap();
    let back = scene.until_serves("slave-1").await;
    scene.more(SPELL / 4).await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
}

pub(crate) async fn frozen<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let scene = Scene::start(cluster, Setup::default()).await;
    scene.slave(1).freeze().unwrap();
    scene.until_spares("slave-1").await;
    scene.more(SPELL).await;
    scene.slave(1).thaw().unwrap();
    let back = scene.until_serves("slave-1").await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
}

pub(crate) async fn all_frozen<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let scene = Scene::start(cluster, Setup::default()).await;
    cluster.slaves().for_each(|slave| slave.freeze().unwrap());
    scene.until_spares("slave-1").await;
    scene.until_spares("slave-2").await;
    scene.more(SPELL).await;
    cluster.slaves().for_each(|slave| slave.thaw().unwrap());
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
        .remark("the master serves the reads meanwhile")
}

pub(crate) async fn restarted<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let scene = Scene::start(cluster, Setup::default()).await;
    let begun = Instant::now();
    let mut restarts = 0;
    while restarts < RESTARTS && begun.elapsed() < RESTARTING {
        scene.slave(1).restart().await.unwrap();
        scene.more(20).await;
        restarts += 1;
    }
    let back = scene.until_serves("slave-1").await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, UNSTEADY_RETURN_LIMIT)
        .remark(format!(
            "{restarts} restarts: each outage on probation doubles the pause"
        ))
}

pub(crate) async fn lagging<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        reads: ReadsConfig::new().max_lag(Duration::from_secs(2)),
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    for slave in cluster.slaves() {
        slave.pause_replay().await.unwrap();
    }
    scene.until_spares("slave-1").await;
    scene.until_spares("slave-2").await;
    scene.more(SPELL / 2).await;
    for slave in cluster.slaves() {
        slave.resume_replay().await.unwrap();
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
        .remark("`max_lag: 2s`; the master serves the reads meanwhile")
}
