//! Read-only transactions on a slave that freezes: those that begin go to another one, and none waits for ever.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where a fixture or a statement fails"
)]

mod cluster;
mod replicated;

use cluster::{Cluster, MariaDb, Postgres};
use replicated::{
    SOON, Turns, connect, make_tables, new_note, node, note, patient, two_slaves, until_state,
};
use sea_orm::{AccessMode, ActiveModelTrait, DbErr, EntityTrait, TransactionTrait};
use sea_orm_routing::{NodeState, RoutingDatabase, RoutingError, RoutingTransaction};
use tokio::time::timeout;

async fn begin(db: &RoutingDatabase) -> Result<RoutingTransaction, DbErr> {
    db.begin_with_config(None, Some(AccessMode::ReadOnly)).await
}

async fn read(transaction: &RoutingTransaction) -> Result<usize, DbErr> {
    Ok(note::Entity::find().all(transaction).await?.len())
}

async fn read_only_transactions_leave_a_frozen_slave<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("frozen").await.unwrap();
    let master = connect(database.url(cluster.master())).await;
    make_tables(&master).await;
    new_note(1, 1).insert(&master).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let nodes = [cluster.master(), cluster.slave(1), cluster.slave(2)];
    let config = two_slaves(nodes.map(|node| database.url(node)), patient());
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    let mut open = Vec::new();
    for _ in 0..8 {
        // Each session has a slave of its own.
        let transaction = begin(&db.session()).await.unwrap();
        assert_eq!(read(&transaction).await, Ok(1));
        open.push(transaction);
    }
    assert!(node(&db, "slave-1").in_flight > 0, "{}", db.status());

    cluster.slave(1).freeze().unwrap();
    let begun = (0..32).map(|_| {
        let db = db.session();
        tokio::spawn(async move { read(&begin(&db).await?).await })
    });
    let begun: Vec<_> = begun.collect();
    for transaction in begun {
        let found = timeout(SOON, transaction).await.unwrap().unwrap();
        assert!(
            found == Ok(1) || is_left(found.as_ref().unwrap_err()),
            "{found:?}"
        );
    }
    until_state(&db, "slave-1", NodeState::Down).await;
    for _ in 0..16 {
        let transaction = timeout(SOON, begin(&db.session())).await.unwrap().unwrap();
        assert_eq!(read(&transaction).await, Ok(1));
    }
    cluster.slave(1).thaw().unwrap();
    drop(open);
    db.close().await.unwrap();
}

fn is_left(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::NodeLeft { node }) if node == "default.slave-1")
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_transactions_leave_a_frozen_slave_on_postgres() {
    read_only_transactions_leave_a_frozen_slave::<Postgres>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_transactions_leave_a_frozen_slave_on_mariadb() {
    read_only_transactions_leave_a_frozen_slave::<MariaDb>().await;
}
