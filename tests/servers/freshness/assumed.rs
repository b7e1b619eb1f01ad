//! With an assumed lag nobody compares positions, and yet a dead or frozen slave is left and comes back.

use std::time::Duration;

use crate::replicated::{
    SOON, Turns, connect, make_tables, new_note, node, note, until_some, until_state,
};
use sea_orm::{ActiveModelTrait, EntityTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, FreshnessSource, NodeConfig, ReadsConfig},
    status::NodeState,
};
use test_cluster::{Cluster, on_servers};
use tokio::time::timeout;

async fn slave_of_assumed_lag_is_left_and_comes_back<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("assumed").await.unwrap();
    let master = connect(database.url(cluster.master())).await;
    make_tables(&master).await;
    new_note(1, 1).insert(&master).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let dead = cluster.slave(2);
    dead.stop().await.unwrap();
    let window = FreshnessSource::Window(Duration::from_millis(1));
    let bind = BindConfig::new("default", database.url(cluster.master()))
        .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))))
        .slave(NodeConfig::new("slave-2", database.url(dead)))
        .reads(ReadsConfig::new().freshness(window));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();
    until_state(&db, "slave-2", NodeState::Down).await;
    read_by_tasks(&db).await;

    dead.start().await.unwrap();
    let is_back = async || {
        let state = node(&db, "slave-2").state;
        matches!(state, NodeState::Warming | NodeState::Serving).then_some(())
    };
    until_some("the return of the dead slave", is_back).await;

    let frozen = cluster.slave(1);
    frozen.freeze().unwrap();
    read_by_tasks(&db).await;
    until_state(&db, "slave-1", NodeState::Down).await;
    frozen.thaw().unwrap();
    let is_back = async || (node(&db, "slave-1").state != NodeState::Down).then_some(());
    until_some("the return of the frozen slave", is_back).await;
    read_by_tasks(&db).await;
    assert_eq!(node(&db, "slave-1").last_error, None, "{}", db.status());
    db.close().await.unwrap();
}

/// Each of them finds the note, and none waits for a server that does not answer.
async fn read_by_tasks(db: &RoutingDatabase) {
    let reads = (0..32).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { note::Entity::find().all(&db).await })
    });
    for read in reads.collect::<Vec<_>>() {
        let notes = timeout(SOON, read).await.unwrap().unwrap().unwrap();
        assert_eq!(notes.len(), 1);
    }
}

on_servers!(slave_of_assumed_lag_is_left_and_comes_back: Postgres, MariaDb, MySql);
