use std::time::Duration;

use sea_orm_routing::{Balance, Consistency, RoutingDatabase, status::NodeState};
use test_cluster::{Network, on_servers};
use tokio::{task::JoinSet, time::sleep};

use super::{DELAY, open, read};
use crate::replicated::{Notebook, Turns, node, patient, reads, until_state, until_true};

/// Reads go on, each task at its own pace, as long as this lives.
fn load(db: &RoutingDatabase) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let db = db.with(Consistency::Bounded);
        tasks.spawn(async move {
            loop {
                read(&db).await;
                sleep(Duration::from_millis(5)).await;
            }
        });
    }
    tasks
}

/// It says so, gets hardly a read, and has its share again when it is well.
async fn slow_slave_loses_its_share_and_gets_it_back<S: Turns>() {
    let notebook = Notebook::<S>::new("slow").await;
    let db = open(&notebook, patient(), 20).await;
    let tasks = load(&db);
    let slave = notebook.cluster.slave(1);
    slave.set_network(Network::Delay(DELAY)).await;
    until_state(&db, "slave-1", NodeState::Slow).await;
    assert_eq!(node(&db, "slave-2").state, NodeState::Serving);
    let why = node(&db, "slave-1").last_error.unwrap();
    assert!(why.contains("times slower than its peers"), "{why}");
    // Until its share is small.
    until_true("hardly a read", || {
        let why = node(&db, "slave-1").last_error;
        why.is_some_and(|why| why.contains("gets 0."))
    })
    .await;
    let before = reads(&db);
    until_true("a thousand reads", || {
        reads(&db).iter().sum::<u64>() >= before.iter().sum::<u64>() + 1_000
    })
    .await;
    let slow = reads(&db)[1] - before[1];
    assert!(slow < 50, "{slow} of a thousand");
    slave.set_network(Network::Forward).await;
    until_state(&db, "slave-1", NodeState::Serving).await;
    drop(tasks);
    db.close().await.unwrap();
}

/// With `latency` and `least` it gets few reads from the first one that is late, whatever is found later.
async fn slow_slave_is_left_by_load<S: Turns>() {
    let notebook = Notebook::<S>::new("by_load").await;
    for balance in [Balance::Least, Balance::Latency] {
        let mut policy = patient();
        policy.balance = Some(balance);
        let db = open(&notebook, policy, 20).await;
        notebook
            .cluster
            .slave(1)
            .set_network(Network::Delay(DELAY))
            .await;
        let before = reads(&db);
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let db = db.with(Consistency::Bounded);
            tasks.spawn(async move {
                for _ in 0..40 {
                    read(&db).await;
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let (slow, well) = (reads(&db)[1] - before[1], reads(&db)[2] - before[2]);
        assert!(slow * 4 < well, "{balance:?}: {slow} and {well}");
        notebook
            .cluster
            .slave(1)
            .set_network(Network::Forward)
            .await;
        db.close().await.unwrap();
    }
}

on_servers!(slow_slave_loses_its_share_and_gets_it_back: Postgres);
on_servers!(slow_slave_is_left_by_load: Postgres);
