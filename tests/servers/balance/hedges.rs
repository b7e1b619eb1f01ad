use std::time::Duration;

use sea_orm::{AccessMode, ConnectionTrait, TransactionTrait};
use sea_orm_routing::{Consistency, RoutingDatabase, config::Hedge};
use test_cluster::{MariaDb, Network, Postgres, on_servers};

use super::{DELAY, open, read};
use crate::replicated::{Notebook, Turns, node, patient, reads, sql, until_true};

const EARLY: Duration = Duration::from_millis(20);

/// How often each node was asked by some work, slaves only.
async fn asked(db: &RoutingDatabase, work: impl Future<Output = ()>) -> [u64; 2] {
    let before = reads(db);
    work.await;
    let after = reads(db);
    [after[1] - before[1], after[2] - before[2]]
}

/// The other slave has answered long before, and what the first one still does ends in the background.
async fn read_that_takes_long_is_answered_by_a_second_node<S: Turns>() {
    let notebook = Notebook::<S>::new("hedge").await;
    let db = open(&notebook, patient().hedge(Hedge::After(EARLY)), 5).await;
    let db = db.with(Consistency::Bounded);
    for _ in 0..200 {
        read(&db).await;
    }
    // On a busy machine some of these took long, too.
    until_true("their ends", || node(&db, "slave-1").in_flight == 0).await;
    notebook
        .cluster
        .slave(1)
        .set_network(Network::Delay(10 * DELAY))
        .await;
    let (twice, told) = loop {
        let told = db.recording(10);
        match asked(&db, read(&told)).await {
            [0, 1] => {}
            asked => break (asked, told),
        }
    };
    assert_eq!(twice, [1, 1]);
    let by = |db: &RoutingDatabase| -> Vec<_> {
        let told = db.statements();
        let told = told.iter();
        told.map(|one| format!("{} {}", one.route.node, one.outcome))
            .collect()
    };
    assert_eq!(by(&told), ["slave-2 ok"], "the first one has not ended");
    assert_eq!(
        node(&db, "slave-1").in_flight,
        1,
        "it is still at work there"
    );
    notebook
        .cluster
        .slave(1)
        .set_network(Network::Forward)
        .await;
    until_true("its end", || node(&db, "slave-1").in_flight == 0).await;
    until_true("its word", || by(&told) == ["slave-2 ok", "slave-1 ok"]).await;
    let took = |at: usize| told.statements()[at].duration;
    assert!(took(1) > took(0), "each has its own time");
    db.close().await.unwrap();
}

/// What waits or costs by its own doing, and what is part of a transaction.
async fn others_are_sent_once<S: Turns>(sleeping: &str) {
    let notebook = Notebook::<S>::new("once").await;
    let db = open(&notebook, patient(), 5).await.hedged();
    let db = db.with(Consistency::Bounded);
    for _ in 0..100 {
        read(&db).await;
    }
    for slave in notebook.cluster.slaves() {
        slave.set_network(Network::Delay(DELAY)).await;
    }
    let sleeps = async {
        db.query_all_raw(sql(&db, sleeping)).await.unwrap();
    };
    assert_eq!(asked(&db, sleeps).await.iter().sum::<u64>(), 1);
    let in_transaction = async {
        let transaction = db
            .begin_with_config(None, Some(AccessMode::ReadOnly))
            .await
            .unwrap();
        transaction
            .query_all_raw(sql(&db, "SELECT id FROM note"))
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
    };
    assert_eq!(asked(&db, in_transaction).await.iter().sum::<u64>(), 1);
    db.close().await.unwrap();
}

on_servers!(read_that_takes_long_is_answered_by_a_second_node: Postgres, MariaDb);

#[tokio::test(flavor = "multi_thread")]
async fn others_are_sent_once_on_postgres() {
    others_are_sent_once::<Postgres>("SELECT 1 FROM pg_sleep(0.05)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_sent_once_on_mariadb() {
    others_are_sent_once::<MariaDb>("SELECT SLEEP(0.05)").await;
}
