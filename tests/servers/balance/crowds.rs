use sea_orm_routing::{Consistency, config::OnNoSlave};
use test_cluster::{Network, on_servers};
use tokio::task::JoinSet;

use super::{DELAY, open, read};
use crate::replicated::{Notebook, Turns, node, patient};

/// Each pool has five connections, and 400 reads come at once; one slave is slow.
async fn no_read_fails_because_one_slave_is_slow<S: Turns>() {
    let notebook = Notebook::<S>::new("crowd").await;
    let db = open(&notebook, patient(), 5).await;
    notebook
        .cluster
        .slave(1)
        .set_network(Network::Delay(DELAY))
        .await;
    for level in [Consistency::Bounded, Consistency::Session] {
        let mut tasks = JoinSet::new();
        for _ in 0..400 {
            let db = db.with(level);
            tasks.spawn(async move { read(&db).await });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    }
    for name in ["master", "slave-1", "slave-2"] {
        assert_eq!(node(&db, name).in_flight, 0);
    }
    db.close().await.unwrap();
}

/// A master that is to be spared gets none of them.
async fn spared_master_gets_none_of_a_crowd<S: Turns>() {
    let notebook = Notebook::<S>::new("spared").await;
    let db = open(&notebook, patient().on_no_slave(OnNoSlave::Error), 3).await;
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let db = db.clone();
        tasks.spawn(async move { read(&db).await });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(node(&db, "master").reads, 0);
    db.close().await.unwrap();
}

on_servers!(no_read_fails_because_one_slave_is_slow: Postgres, MariaDb);
on_servers!(spared_master_gets_none_of_a_crowd: Postgres);
