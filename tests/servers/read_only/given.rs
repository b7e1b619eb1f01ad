//! Slaves that were given as open connections: what a configured one's session refuses does not happen there.

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, StreamTrait,
    TransactionTrait,
};
use sea_orm_routing::{BindBuilder, Consistency, RoutingDatabase, RoutingError};
use test_cluster::{MariaDb, MySql, Postgres, on_servers};
use tokio_stream::StreamExt;

use super::answer::answer;
use crate::{
    replicated::{Notebook, Turns, connect, until_true},
    support::{Log, Served, served},
};

fn given(master: &DatabaseConnection, slave: &DatabaseConnection) -> RoutingDatabase {
    let bind = BindBuilder::new("default", master.clone()).slave("slave-1", slave.clone());
    let db = RoutingDatabase::builder().bind(bind).build().unwrap();
    db.with(Consistency::Eventual)
}

fn refuses_writes(db: &RoutingDatabase) -> Option<bool> {
    db.status()
        .node("default", "slave-1")
        .unwrap()
        .refuses_writes
}

trait Views: Turns {
    /// A view that writes a note when it is read.
    const VIEW: &'static [&'static str];
}

impl Views for Postgres {
    const VIEW: &'static [&'static str] = &[
        "CREATE FUNCTION jot() RETURNS int LANGUAGE sql VOLATILE AS \
         'INSERT INTO note (owner, version, text) VALUES (1, 1, ''jotted'') RETURNING 1'",
        "CREATE VIEW jotted AS SELECT jot() AS a",
    ];
}

const OF_MYSQL: &[&str] = &[
    "CREATE FUNCTION jot() RETURNS int MODIFIES SQL DATA \
     BEGIN INSERT INTO note (owner, version, text) VALUES (1, 1, 'jotted'); RETURN 1; END",
    "CREATE VIEW jotted AS SELECT jot() AS a",
];

impl Views for MySql {
    const VIEW: &'static [&'static str] = OF_MYSQL;
}

impl Views for MariaDb {
    const VIEW: &'static [&'static str] = OF_MYSQL;
}

async fn notes(on: &impl ConnectionTrait) -> i64 {
    let count = Statement::from_string(on.get_database_backend(), "SELECT count(*) FROM note");
    let row = on.query_one_raw(count).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Whether the master ran it once: where a catalogue tells what stands behind the view, and has been read, the slave is not
/// even asked.
fn healed(by: &Served) -> bool {
    *by == "default.master 1w, default.slave 1r" || *by == "default.master 1w"
}

/// A server that takes writes is given as a slave: a view that writes is refused there, and runs once, on the master.
async fn uncertain_read_has_no_effect_on_a_writable_slave<S: Views>() {
    let notebook = Notebook::<S>::new("given").await;
    for sql in S::VIEW {
        notebook.master.execute_unprepared(sql).await.unwrap();
    }
    let other = notebook.cluster.database("given_other").await.unwrap();
    // The same tables in another database of a server that takes writes: what happens there shows.
    let slave = connect(other.url(notebook.cluster.master())).await;
    crate::replicated::make_tables(&slave).await;
    for sql in S::VIEW {
        slave.execute_unprepared(sql).await.unwrap();
    }
    let db = &given(&notebook.master, &slave);
    let backend = db.get_database_backend();
    let read = || Statement::from_string(backend, "SELECT a FROM jotted");

    // Also before it is known.
    let (_, by) = served(db, answer(db, "SELECT a FROM jotted")).await;
    assert!(healed(&by), "{by}");
    until_true("the slave was asked", || refuses_writes(db).is_some()).await;
    assert_eq!(refuses_writes(db), Some(false));
    assert!(db.status().to_string().contains("slave, writable"));
    assert_eq!((notes(&slave).await, notes(&notebook.master).await), (0, 1));

    let db = &given(&notebook.master, &slave);
    until_true("the slave was asked", || refuses_writes(db).is_some()).await;
    let (row, by) = served(db, db.query_one_raw(read())).await;
    assert_eq!(row.unwrap().unwrap().try_get_by_index::<i32>(0).unwrap(), 1);
    assert!(healed(&by), "{by}");
    assert_eq!((notes(&slave).await, notes(&notebook.master).await), (0, 2));

    // A stream is the master's: it is sent as it is.
    let db = &given(&notebook.master, &slave);
    let mut rows = db.stream_raw(read()).await.unwrap();
    assert!(rows.next().await.unwrap().is_ok());
    drop(rows);
    // A transaction of a handle of the slave is read-only.
    let handle = db.bind("slave-1").unwrap();
    let txn = handle.begin().await.unwrap();
    let error = txn.query_all_raw(read()).await.unwrap_err();
    // The server's own, or ours where a catalogue tells what stands behind the view.
    let ours = RoutingError::of(&error);
    let is_refused = ours.is_none_or(|error| matches!(error, RoutingError::WriteOnSlave { .. }));
    assert!(is_refused, "{error}");
    drop(txn);
    assert_eq!((notes(&slave).await, notes(&notebook.master).await), (0, 3));
    // What only reads is served as ever.
    let (rows, by) = served(db, answer(db, "SELECT count(*) AS a FROM note")).await;
    assert_eq!(
        (rows.as_str(), by),
        (r#"{"a":0}"#, "default.slave 1r".into())
    );
}

on_servers!(uncertain_read_has_no_effect_on_a_writable_slave: Postgres, MariaDb, MySql);

/// A replica that refuses writes itself is asked once and then sent its reads as they are.
async fn slave_that_protects_itself_is_known<S: Turns>() {
    let notebook = Notebook::<S>::new("protected").await;
    let slave = connect(notebook.database.url(notebook.cluster.slave(1))).await;
    let db = &given(&notebook.master, &slave);
    until_true("the slave was asked", || refuses_writes(db).is_some()).await;
    assert_eq!(refuses_writes(db), Some(true));
    assert!(!db.status().to_string().contains("writable"));
    // The administrator may write there, if the server is no standby.
    let mut options = ConnectOptions::new(notebook.cluster.slave(1).admin_url());
    options.max_connections(1).sqlx_logging(false);
    let slave = Database::connect(options).await.unwrap();
    let db = &given(&notebook.master, &slave);
    until_true("the slave was asked", || refuses_writes(db).is_some()).await;
    let insert = format!(
        "INSERT INTO {}.note (owner, version, text) VALUES (1, 1, 'x')",
        notebook.database.name()
    );
    let txn = slave.begin().await.unwrap();
    let written = txn.execute_unprepared(&insert).await;
    assert_eq!(refuses_writes(db), Some(written.is_err()));
    txn.rollback().await.unwrap();
}

on_servers!(slave_that_protects_itself_is_known: Postgres, MariaDb, MySql);

#[tokio::test]
async fn writable_file_is_said_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes.db");
    let url = |mode| format!("sqlite://{}?mode={mode}", file.display());
    let master = connect(url("rwc")).await;
    for (mode, expected) in [("rw", false), ("ro", true)] {
        let (log, _guard) = Log::start();
        let slave = connect(url(mode)).await;
        let db = &given(&master, &slave);
        until_true("the slave was asked", || refuses_writes(db).is_some()).await;
        assert_eq!(refuses_writes(db), Some(expected), "{mode}");
        let said = log.text().matches("takes writes").count();
        assert_eq!(said, usize::from(!expected), "{}", log.text());
    }
}
