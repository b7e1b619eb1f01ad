//! Slaves that are well, but for some statements.

use std::time::Duration;

use sea_orm::{AccessMode, ConnectionTrait, Statement, TransactionTrait};
use sea_orm_routing::{config::PoolConfig, status::NodeState};

use super::{
    Row,
    dialect::Dialect,
    scene::{SPELL, Scene, Setup},
    slaves::{READ_LIMIT, RETURN_LIMIT},
};
use test_cluster::Cluster;

/// The only connection of a slave is taken for longer than a read waits for one.
pub(crate) async fn exhausted<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        slave_pool: PoolConfig::new().max_connections(1),
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    let mut was_left = false;
    {
        let pinned = scene.db.bind("slave-1").unwrap();
        let long = pinned
            .begin_with_config(None, Some(AccessMode::ReadOnly))
            .await
            .unwrap();
        let read = Statement::from_string(long.get_database_backend(), "SELECT 1");
        long.query_one_raw(read).await.unwrap();
        for _ in 0..20 {
            scene.more(SPELL / 20).await;
            let status = scene.db.status();
            let slave = status.node("default", "slave-1").unwrap();
            was_left |= slave.state != NodeState::Serving;
        }
        long.rollback().await.unwrap();
    }
    scene.more(SPELL / 4).await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .promise("a busy pool is no fault of its node", !was_left)
        .remark(
            "`max_connections: 1`, taken; reads go elsewhere at once, and the slave is not at fault",
        )
}

/// A statement meets a full disk on one slave, which answers the monitor as ever.
pub(crate) async fn full<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        text: "SELECT shelf()".to_owned(),
        prepare: vec![
            "CREATE TABLE disk (id int PRIMARY KEY)".to_owned(),
            S::SHELF.to_owned(),
        ],
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    let say = async |sql: &str| scene.db.execute_unprepared(sql).await.map(drop).unwrap();
    say("INSERT INTO disk VALUES (1)").await;
    // It is out after three faults in a row; reads that it can serve may come between.
    scene.more(SPELL).await;
    say("DELETE FROM disk").await;
    cluster
        .wait_until_caught_up(Duration::from_secs(20))
        .await
        .unwrap();
    let back = scene.until_serves("slave-1").await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
        .remark("by a function that raises 53100 (1021) on one slave")
}
