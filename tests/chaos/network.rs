//! A network that fails between the application and a slave that is well.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_routing::RoutingDatabase;
use tokio::time::timeout;

use super::{
    Row,
    dialect::Dialect,
    scene::{GOODS, SPELL, Scene, Setup},
    slaves::{READ_LIMIT, RETURN_LIMIT},
};
use test_cluster::{Cluster, Network};

/// Less than the load's largest result, more than the monitor's answers.
const MID_RESULT: usize = 20_000;

pub(crate) async fn refused<S: Dialect>(cluster: &Cluster<S>) -> Row {
    broken(cluster, Network::Refuse).await
}

pub(crate) async fn swallowed<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let row = broken(cluster, Network::BlackHole).await;
    row.remark("connections are accepted, and nothing is answered")
}

pub(crate) async fn muted<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let row = broken(cluster, Network::Mute).await;
    row.remark("statements arrive and run, and no answer comes back")
}

pub(crate) async fn reset<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let row = broken(cluster, Network::ResetAfter(MID_RESULT)).await;
    row.remark("20 KB of each connection's answers arrive, so that the monitor's do")
}

/// While nothing runs, a firewall forgets what is open, the monitor's connections included; new ones are well.
pub(crate) async fn forgotten<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        is_proxied: true,
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    scene.load.rest().await;
    let set = async |network| {
        cluster.master().set_network(network).await;
        for slave in cluster.slaves() {
            slave.set_network(network).await;
        }
    };
    set(Network::Forget).await;
    scene.load.go_on();
    scene.more(SPELL / 2).await;
    set(Network::Forward).await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .remark("idle connections are silent for ever; a plain connection's wait for `acquire_timeout`, and fail")
}

async fn broken<S: Dialect>(cluster: &Cluster<S>, network: Network) -> Row {
    let setup = Setup {
        is_proxied: true,
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    scene.slave(1).set_network(network).await;
    let is_cut = !answers(&scene.db.bind("slave-1").unwrap()).await;
    scene.more(SPELL).await;
    scene.slave(1).set_network(Network::Forward).await;
    let back = scene.until_serves("slave-1").await;
    scene.more(SPELL / 4).await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .promise("the slave can't be read from meanwhile", is_cut)
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
}

/// Whether the load's largest result arrives.
async fn answers(db: &RoutingDatabase) -> bool {
    let read = Statement::from_string(db.get_database_backend(), GOODS);
    let answer = timeout(Duration::from_secs(2), db.query_all_raw(read)).await;
    matches!(answer, Ok(Ok(_)))
}
