//! Transactions and streams on a node that freezes: those that begin go to another one, and none waits for ever.

use crate::replicated::{
    SOON, Turns, connect, make_tables, new_note, node, note, patient, sql, two_slaves, until_state,
    until_true,
};
use sea_orm::{
    AccessMode, ActiveModelTrait, DbErr, EntityTrait, StreamTrait, TransactionError,
    TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError, RoutingStream, RoutingTransaction,
    config::{BindConfig, FailoverConfig, NodeConfig, Roles},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Postgres, on_servers};
use tokio::time::timeout;
use tokio_stream::StreamExt;

type End = std::pin::Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send>>;

async fn begin(db: &RoutingDatabase) -> Result<RoutingTransaction, DbErr> {
    db.begin_with_config(None, Some(AccessMode::ReadOnly)).await
}

async fn read(transaction: &RoutingTransaction) -> Result<usize, DbErr> {
    Ok(note::Entity::find().all(transaction).await?.len())
}

/// A database with a note, that all nodes have.
async fn prepared<S: Turns>(cluster: &Cluster<S>) -> FreshDatabase {
    let database = cluster.database("frozen").await.unwrap();
    let master = connect(database.url(cluster.master())).await;
    make_tables(&master).await;
    new_note(1, 1).insert(&master).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    database
}

/// A handle on that database, whose two slaves serve.
async fn opened<S: Turns>(cluster: &Cluster<S>) -> RoutingDatabase {
    let database = prepared(cluster).await;
    let nodes = [cluster.master(), cluster.slave(1), cluster.slave(2)];
    let config = two_slaves(nodes.map(|node| database.url(node)), patient());
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    db
}

async fn read_only_transactions_leave_a_frozen_slave<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let db = opened(&cluster).await;
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

/// What has a node by name has no other one to go to, and is told so.
async fn work_on_a_frozen_slave_that_was_named_ends<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let db = opened(&cluster).await;
    let ends: [fn(RoutingTransaction) -> End; 2] = [
        |transaction| Box::pin(transaction.commit()),
        |transaction| Box::pin(transaction.rollback()),
    ];
    let pinned = db.bind("slave-1").unwrap();
    let mut held = Vec::new();
    for _ in 0..3 {
        let transaction = begin(&pinned).await.unwrap();
        assert_eq!(read(&transaction).await, Ok(1));
        held.push(transaction);
    }
    let closure = {
        let (pinned, slave) = (pinned.clone(), cluster.slave(1));
        let frozen = async move |transaction: &RoutingTransaction| {
            read(transaction).await?;
            slave.freeze().unwrap();
            read(transaction).await
        };
        pinned.transaction_async::<_, _, DbErr>(frozen).await
    };
    let Err(TransactionError::Transaction(error)) = closure else {
        panic!("{closure:?}")
    };
    assert!(is_left(&error), "{error}");
    for end in ends {
        let ended = timeout(SOON, end(held.pop().unwrap())).await.unwrap();
        assert!(ended.is_ok() || is_left(ended.as_ref().unwrap_err()));
    }
    let streamed = timeout(SOON, note::Entity::find().stream(&held[0]));
    let mut streamed = match streamed.await.unwrap() {
        Ok(stream) => stream,
        Err(error) => panic!("{error}"),
    };
    let row = timeout(SOON, streamed.next()).await.unwrap().unwrap();
    assert!(is_left(&row.unwrap_err()));
    drop(streamed);
    let found = timeout(SOON, note::Entity::find().all(&pinned)).await;
    let error = found.unwrap().unwrap_err();
    let is_unsent = matches!(error, DbErr::ConnectionAcquire(_));
    assert!(is_left(&error) || is_unsent, "{error}");

    drop(held);
    cluster.slave(1).thaw().unwrap();
    until_true("its return", || !is_down(&db)).await;
    db.close().await.unwrap();
}

fn is_down(db: &RoutingDatabase) -> bool {
    node(db, "slave-1").state == NodeState::Down
}

on_servers!(work_on_a_frozen_slave_that_was_named_ends: Postgres, MariaDb);

/// Well again it serves what is sent there, although reads are not until its pause is over.
async fn slave_that_was_named_serves_before_it_is_back<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let db = opened(&cluster).await;
    let pinned = db.bind("slave-1").unwrap();
    let transaction = begin(&pinned).await.unwrap();
    cluster.slave(1).freeze().unwrap();
    until_true("that it is down", || is_down(&db)).await;
    cluster.slave(1).thaw().unwrap();
    assert_eq!(read(&transaction).await, Ok(1));
    let begun = begin(&pinned).await.unwrap();
    assert_eq!(read(&begun).await, Ok(1));
    let stream = note::Entity::find().stream(&pinned).await.unwrap();
    let rows: Vec<_> = stream.collect().await;
    assert!(matches!(rows[..], [Ok(_)]), "{rows:?}");
    begun.commit().await.unwrap();
    transaction.commit().await.unwrap();
    db.close().await.unwrap();
}

on_servers!(slave_that_was_named_serves_before_it_is_back: Postgres, MariaDb);

/// Nobody asks it any more, and whoever waits there hears of it all the same.
async fn frozen_slave_can_be_removed<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let db = opened(&cluster).await;
    let transaction = begin(&db.bind("slave-1").unwrap()).await.unwrap();
    assert_eq!(read(&transaction).await, Ok(1));
    cluster.slave(1).freeze().unwrap();
    until_true("that it is down", || is_down(&db)).await;
    let removal = tokio::spawn({
        let db = db.clone();
        async move { db.remove_slave("default", "slave-1").await }
    });
    until_true("its removal", || db.bind("slave-1").is_err()).await;
    let found = timeout(SOON, read(&transaction)).await.unwrap();
    assert!(is_left(&found.unwrap_err()));
    timeout(SOON, transaction.rollback())
        .await
        .unwrap()
        .unwrap();
    let removed = timeout(SOON, removal).await.unwrap().unwrap();
    if let Err(error) = removed {
        // Its connection has not been given back by then.
        let error = error.to_string();
        assert!(error.contains("default.slave-1"), "{error}");
    }
    cluster.slave(1).thaw().unwrap();
    assert_eq!(note::Entity::find().all(&db).await.unwrap().len(), 1);
    db.close().await.unwrap();
}

on_servers!(frozen_slave_can_be_removed: Postgres, MariaDb);

fn is_left(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::NodeDown { node, .. }) if node == "default.slave-1")
}

on_servers!(read_only_transactions_leave_a_frozen_slave: Postgres, MariaDb);

/// 30 MB of rows: more than the buffers on their way hold.
trait Long: Turns {
    const SQL: &'static str;
}

impl Long for Postgres {
    const SQL: &'static str = "SELECT repeat('x', 1000) FROM generate_series(1, 30000)";
}

impl Long for MariaDb {
    const SQL: &'static str = "SELECT repeat('x', 1000) FROM seq_1_to_30000";
}

async fn begin_stream<S: Long>(db: &RoutingDatabase) -> RoutingStream {
    let mut stream = db.stream_raw(sql(db, S::SQL)).await.unwrap();
    stream.next().await.unwrap().unwrap();
    stream
}

/// The error after the rows that were on their way, and that nothing comes behind it.
async fn end_of(mut stream: RoutingStream) -> RoutingError {
    let end = async {
        loop {
            if let Err(error) = stream.next().await.unwrap() {
                break error;
            }
        }
    };
    let error = timeout(SOON, end).await.unwrap();
    assert!(stream.next().await.is_none());
    RoutingError::of(&error).unwrap().clone()
}

async fn stream_of_a_frozen_slave_ends<S: Long>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let db = opened(&cluster).await;
    let slave = db.bind("slave-1").unwrap();
    let stream = begin_stream::<S>(&slave).await;
    cluster.slave(1).freeze().unwrap();
    let error = end_of(stream).await;
    let is_down =
        matches!(&error, RoutingError::NodeDown { node, .. } if node == "default.slave-1");
    assert!(is_down, "{error}");
    assert_eq!(node(&db, "slave-1").in_flight, 0);
    cluster.slave(1).thaw().unwrap();
    db.close().await.unwrap();
}

on_servers!(stream_of_a_frozen_slave_ends: Postgres, MariaDb);

async fn stream_of_a_frozen_master_ends_with_its_successor<S: Long>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let database = prepared(&cluster).await;
    let slave = NodeConfig::new("slave-1", database.url(cluster.slave(1)));
    let bind = BindConfig::new("default", database.url(cluster.master()))
        .slave(slave)
        .reads(patient())
        .failover(FailoverConfig::new().roles(Roles::Discover));
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    let stream = begin_stream::<S>(&db.master()).await;
    cluster.master().freeze().unwrap();
    cluster.slave(1).promote().await.unwrap();
    let error = end_of(stream).await;
    let has_changed =
        matches!(&error, RoutingError::MasterChanged { node, .. } if node == "default.master");
    assert!(has_changed, "{error}");
    // One that begins now is the new master's.
    drop(begin_stream::<S>(&db.master()).await);
    let route = db.master().route(&sql(&db, S::SQL)).unwrap();
    assert_eq!(route.node.to_string(), "slave-1");
    cluster.master().thaw().unwrap();
    db.close().await.unwrap();
}

on_servers!(stream_of_a_frozen_master_ends_with_its_successor: Postgres, MariaDb);
