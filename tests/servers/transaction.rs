//! Isolation level, access mode and SQLite's mode of a transaction reach the server that it runs on.

use crate::replicated::{Notebook, Turns, connect, new_note, node, note, patient, reads};
use sea_orm::{
    AccessMode, ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IsolationLevel, PaginatorTrait, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sea_orm_routing::{BindsConfig, RoutingDatabase, RoutingTransaction, config::BindConfig};
use test_cluster::{MariaDb, Postgres, on_servers};

/// What the server says of the transaction that asks.
#[derive(Debug, PartialEq, Eq, FromQueryResult)]
struct Answer {
    isolation: String,
    read_only: String,
}

/// What a server calls isolation levels and access modes, and how it is asked for those of a transaction.
trait Options: Turns {
    const ASK: &'static str;
    const SERIALIZABLE: &'static str;
    const REPEATABLE_READ: &'static str;
    const READ_COMMITTED: &'static str;
    const READ_WRITE: &'static str;
    const READ_ONLY: &'static str;

    /// What the application's account needs to ask.
    const GRANT: Option<&'static str>;
}

impl Options for Postgres {
    const ASK: &'static str = "SELECT current_setting('transaction_isolation') AS isolation, \
                               current_setting('transaction_read_only') AS read_only";
    const SERIALIZABLE: &'static str = "serializable";
    const REPEATABLE_READ: &'static str = "repeatable read";
    const READ_COMMITTED: &'static str = "read committed";
    const READ_WRITE: &'static str = "off";
    const READ_ONLY: &'static str = "on";
    const GRANT: Option<&'static str> = None;
}

impl Options for MariaDb {
    // InnoDB makes its list anew when nobody has asked for it for 0.1 s (trx0i_s.cc, CACHE_MIN_IDLE_TIME_NS).
    const ASK: &'static str = "SELECT trx_isolation_level AS isolation, CAST(trx_is_read_only AS CHAR) AS read_only \
                               FROM (SELECT sleep(0.15)) AS pause, information_schema.innodb_trx \
                               WHERE trx_mysql_thread_id = connection_id()";
    const SERIALIZABLE: &'static str = "SERIALIZABLE";
    const REPEATABLE_READ: &'static str = "REPEATABLE READ";
    const READ_COMMITTED: &'static str = "READ COMMITTED";
    const READ_WRITE: &'static str = "0";
    const READ_ONLY: &'static str = "1";
    const GRANT: Option<&'static str> = Some("GRANT PROCESS ON *.* TO app@'127.0.0.1'");
}

async fn ask<S: Options>(txn: &RoutingTransaction) -> Answer {
    // InnoDB lists a transaction once it has read or written.
    note::Entity::find().count(txn).await.unwrap();
    let statement = Statement::from_string(txn.get_database_backend(), S::ASK);
    Answer::find_by_statement(statement)
        .one(txn)
        .await
        .unwrap()
        .unwrap()
}

fn answer(isolation: &str, read_only: &str) -> Answer {
    Answer {
        isolation: isolation.to_owned(),
        read_only: read_only.to_owned(),
    }
}

async fn options_reach_the_server<S: Options>() {
    let notebook = Notebook::<S>::new("options").await;
    if let Some(grant) = S::GRANT {
        let admin = notebook.cluster.master().admin().await.unwrap();
        admin.execute(grant).await.unwrap();
        notebook.catch_up().await;
    }
    let db = &notebook.open(patient()).await;

    for (level, isolation) in [
        (IsolationLevel::Serializable, S::SERIALIZABLE),
        (IsolationLevel::RepeatableRead, S::REPEATABLE_READ),
        (IsolationLevel::ReadCommitted, S::READ_COMMITTED),
    ] {
        let before = reads(db);
        let txn = db.begin_with_config(Some(level), None).await.unwrap();
        assert_eq!(ask::<S>(&txn).await, answer(isolation, S::READ_WRITE));
        txn.commit().await.unwrap();
        assert_eq!(reads(db)[1..], before[1..], "a slave served {level}");
    }

    let before = reads(db);
    let read_only = Some(AccessMode::ReadOnly);
    let level = Some(IsolationLevel::RepeatableRead);
    let txn = db.begin_with_config(level, read_only).await.unwrap();
    let expected = answer(S::REPEATABLE_READ, S::READ_ONLY);
    assert_eq!(ask::<S>(&txn).await, expected);
    txn.commit().await.unwrap();
    assert_eq!(reads(db)[0], before[0], "the master served it");

    // A standby of PostgreSQL has no serializable transactions.
    let level = Some(IsolationLevel::Serializable);
    let txn = db.begin_with_config(level, read_only).await.unwrap();
    let expected = answer(S::SERIALIZABLE, S::READ_ONLY);
    assert_eq!(ask::<S>(&txn).await, expected);
    txn.commit().await.unwrap();
    assert!(reads(db)[0] > before[0], "a slave served it");
}

on_servers!(options_reach_the_server: Postgres, MariaDb);

/// A read-only transaction of a session that has written runs where its write can be seen.
async fn read_only_transaction_sees_own_writes<S: Options>() {
    let notebook = Notebook::<S>::new("own_writes").await;
    let db = &notebook.open(patient()).await;
    notebook.pause().await;

    let session = &db.session();
    let written = new_note(1, 1).insert(session).await.unwrap();
    let (before, read_only) = (reads(db), Some(AccessMode::ReadOnly));
    let txn = session.begin_with_config(None, read_only).await.unwrap();
    let found = note::Entity::find_by_id(written.id)
        .one(&txn)
        .await
        .unwrap();
    assert_eq!(found, Some(written.clone()));
    txn.commit().await.unwrap();
    assert_eq!(reads(db)[0], before[0] + 1);

    // A task of its own is a session that has not written.
    let other = db.clone();
    let stranger = tokio::spawn(async move {
        let txn = other.begin_with_config(None, read_only).await?;
        let found = note::Entity::find_by_id(written.id).one(&txn).await?;
        txn.commit().await?;
        Ok::<_, DbErr>(found)
    });
    assert_eq!(stranger.await.unwrap(), Ok(None), "no slave replays");
    assert_eq!(reads(db)[0], before[0] + 1);

    notebook.resume().await;
    notebook.catch_up().await;
    assert_eq!(node(db, "master").in_flight, 0);
}

on_servers!(read_only_transaction_sees_own_writes: Postgres, MariaDb);

/// A read-only transaction refuses a write, wherever it runs.
#[tokio::test(flavor = "multi_thread")]
async fn read_only_transaction_refuses_a_write() {
    let notebook = Notebook::<Postgres>::new("refused").await;
    let db = &notebook.open(patient()).await;
    let read_only = Some(AccessMode::ReadOnly);
    let txn = db.begin_with_config(None, read_only).await.unwrap();
    let error = new_note(1, 1).insert(&txn).await.unwrap_err();
    // The server's own, as from one database.
    assert!(
        error.to_string().contains("read-only transaction"),
        "{error}"
    );
    txn.rollback().await.unwrap();
    assert_eq!(
        note::Entity::find().count(&notebook.master).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn mode_reaches_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/notes.db?mode=rwc", directory.path().display());
    let other = connect(url.clone()).await;
    crate::replicated::make_tables(&other).await;
    other
        .execute_unprepared("PRAGMA busy_timeout = 0")
        .await
        .unwrap();
    let config = BindsConfig::new().bind(BindConfig::new("default", url));
    let db = RoutingDatabase::from_config(config).await.unwrap();

    for (mode, locks) in [
        (None, false),
        (Some(SqliteTransactionMode::Deferred), false),
        (Some(SqliteTransactionMode::Immediate), true),
        (Some(SqliteTransactionMode::Exclusive), true),
    ] {
        let options = TransactionOptions {
            sqlite_transaction_mode: mode,
            ..Default::default()
        };
        let txn = db.begin_with_options(options).await.unwrap();
        let beside = other.begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        });
        let beside = beside.await;
        assert_eq!(beside.is_err(), locks, "{mode:?}");
        drop(beside);
        txn.rollback().await.unwrap();
    }
}
