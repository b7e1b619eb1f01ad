//! What must not slip through: found in review, each with the statement that once did.

use std::sync::{Arc, Mutex};

use entity::{bakery, report};
use migration::{Bakeries, MigratorTrait};
use sea_orm::{
    AccessMode, ActiveModelTrait, ActiveValue::Set, ConnAcquireErr, ConnectionTrait,
    DatabaseConnection, DbBackend, DbErr, EntityTrait, IsolationLevel, MockDatabase, QuerySelect,
    QueryTrait, Statement, StreamTrait, TransactionTrait, sea_query::LockType,
};
use sea_orm_routing::{
    BindBuilder, RoutingDatabase, RoutingError,
    config::{FailoverConfig, ReadsConfig},
};

use crate::{
    bakery::{Bakery, open},
    support::{Log, served},
};

fn mock(backend: DbBackend) -> DatabaseConnection {
    MockDatabase::new(backend)
        .append_query_results([Vec::<report::Model>::new(), Vec::new()])
        .into_connection()
}

/// `default` on SQLite, and `reports` with a slave on another backend.
fn mixed(master: &DatabaseConnection, slave: &DatabaseConnection) -> RoutingDatabase {
    RoutingDatabase::builder()
        .bind(BindBuilder::new("default", mock(DbBackend::Sqlite)))
        .bind(BindBuilder::new("reports", master.clone()).slave("slave-1", slave.clone()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn locking_read_locks_on_the_master_of_another_backend() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        for lock in [LockType::Update, LockType::Share] {
            let (master, slave) = (mock(backend), mock(backend));
            let find = report::Entity::find().lock(lock);
            let locking = find.clone().build(backend);
            find.all(&mixed(&master, &slave)).await.unwrap();
            assert_eq!(slave.into_transaction_log(), []);
            assert_eq!(master.into_transaction_log()[0].statements(), [locking]);
        }
    }
}

#[tokio::test]
async fn text_is_judged_in_the_dialect_of_its_node() {
    let Bakery { db, .. } = &Bakery::new().await;
    // One string in MySQL's spelling, two statements in SQLite's.
    let text = r"SELECT '\'; DELETE FROM bakery; --'";
    let statement = Statement::from_string(DbBackend::MySql, text);
    assert_eq!(db.route(&statement).unwrap().node, "master");
    let (result, by) = served(db, db.query_all_raw(statement)).await;
    result.unwrap();
    assert_eq!(by, "default.master 1w");
}

#[tokio::test]
async fn stream_can_open_a_transaction_on_another_backend() {
    let (master, slave) = (mock(DbBackend::Postgres), mock(DbBackend::Postgres));
    let db = mixed(&master, &slave);
    let txn = db.begin().await.unwrap();
    drop(report::Entity::find().stream(&txn).await.unwrap());
    assert_eq!(StreamTrait::get_database_backend(&txn), DbBackend::Postgres);
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn read_only_transaction_sends_its_slave_no_write() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    bakery::Entity::find().one(&txn).await.unwrap();
    let write = bakery::ActiveModel {
        name: Set("on a slave".to_owned()),
        ..Default::default()
    };
    let (result, by) = served(db, write.insert(&txn)).await;
    let error = result.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::WriteOnSlave { .. })
        ),
        "{error}"
    );
    assert_eq!(by, "");
    txn.execute_unprepared("SAVEPOINT here").await.unwrap();
    let disguised = "SAVEPOINT there; DELETE FROM bakery";
    let error = txn.execute_unprepared(disguised).await.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::WriteOnSlave { .. })
        ),
        "{error}"
    );
    assert!(
        bakery::Entity::find()
            .one(&txn)
            .await
            .unwrap()
            .unwrap()
            .name
            .contains("slave")
    );
    txn.rollback().await.unwrap();
}

#[tokio::test]
async fn serializable_transaction_runs_on_the_master() {
    let Bakery { db, .. } = &Bakery::new().await;
    let serializable = Some(IsolationLevel::Serializable);
    let txn = db
        .begin_with_config(serializable, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    assert_eq!(
        bakery::Entity::find()
            .one(&txn)
            .await
            .unwrap()
            .unwrap()
            .name,
        "default.master"
    );
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn handle_of_a_role_speaks_for_the_nodes_of_that_role() {
    let Bakery { db, .. } = &Bakery::new().await;
    let names = |db: &RoutingDatabase| {
        let nodes = db.status().nodes;
        nodes
            .iter()
            .map(|node| format!("{}.{}", node.bind, node.node))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&db.master()), ["default.master", "reports.master"]);
    assert_eq!(
        names(&db.bind("reports").unwrap().slave().unwrap()),
        ["reports.slave-1"]
    );
    db.bind("slave-1").unwrap().close_by_ref().await.unwrap();
    db.master().ping().await.unwrap();
    let closed = db.ping().await.unwrap_err();
    assert_eq!(
        closed,
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
    );
    db.slave().unwrap().close_by_ref().await.unwrap();
    let deleted = bakery::Entity::delete_by_id(1).exec(db).await.unwrap();
    assert_eq!(deleted.rows_affected, 1);
}

#[tokio::test]
async fn metric_callback_sees_migrations() {
    let directory = tempfile::tempdir().unwrap();
    let mut db = RoutingDatabase::from(open(directory.path(), "a").await);
    let seen = Arc::new(Mutex::new(0));
    let counter = seen.clone();
    db.set_metric_callback(move |_| *counter.lock().unwrap() += 1);
    Bakeries::up(&db, None).await.unwrap();
    assert_ne!(*seen.lock().unwrap(), 0);
}

#[tokio::test]
async fn statement_that_changes_the_session_is_warned_of_once_and_not_shown() {
    let Bakery { db, .. } = &Bakery::new().await;
    let (log, _guard) = Log::start();
    for _ in 0..3 {
        drop(
            db.execute_unprepared("ATTACH ':memory:' AS y KEY 's3cret'")
                .await,
        );
        drop(db.execute_unprepared("DETACH y").await);
    }
    let txn = db.begin().await.unwrap();
    txn.execute_unprepared("CREATE TEMP TABLE inside (id integer)")
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let text = log.text();
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(text.matches("ATTACH").count(), 1, "{text}");
    assert_eq!(text.matches("use a transaction of").count(), 2, "{text}");
}

#[tokio::test]
async fn default_handle_gives_errors() {
    let db = RoutingDatabase::default();
    let statement = Statement::from_string(DbBackend::Sqlite, "SELECT 1");
    assert!(
        db.query_one_raw(statement)
            .await
            .unwrap_err()
            .to_string()
            .contains("Disconnected")
    );
}

#[test]
fn limits_that_no_clock_can_keep_are_problems_of_a_builder_too() {
    let mock = || MockDatabase::new(DbBackend::Postgres).into_connection();
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let hold = FailoverConfig::new().hold_writes(day * 2);
    let bind = BindBuilder::new("default", mock()).reads(ReadsConfig::new().wait(day * 3));
    let builder = RoutingDatabase::builder()
        .bind(bind)
        .bind(BindBuilder::new("reports", mock()))
        .reads(ReadsConfig::new().max_lag(std::time::Duration::MAX))
        .failover(hold);
    let error = builder.build().unwrap_err().to_string();
    for key in [
        "binds.default.wait",
        "routing.max_lag",
        "routing.hold_writes",
    ] {
        let problem = format!("{key}: found a longer time, expected at most a day");
        assert!(error.contains(&problem), "{key}: {error}");
    }
}
