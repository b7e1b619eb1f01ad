//! A master that takes writes, and whose sessions are read-only by a setting of the role or the server.

use sea_orm::{AccessMode, ActiveModelTrait, ConnectionTrait, DbErr, TransactionTrait};
use sea_orm_routing::{BindsConfig, RoutingDatabase, RoutingError, config::BindConfig};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Sessions, on_servers};

use crate::replicated::{SOON, connect, make_tables, new_note};

/// How an administrator makes the application's sessions read-only.
trait ReadOnlySessions: Sessions {
    const ON: &'static str;
    const OFF: &'static str;
}

impl ReadOnlySessions for Postgres {
    const ON: &'static str = "ALTER ROLE app SET default_transaction_read_only = on";
    const OFF: &'static str = "ALTER ROLE app RESET default_transaction_read_only";
}

const MY_ON: &str = "SET GLOBAL init_connect = 'SET SESSION TRANSACTION READ ONLY'";
const MY_OFF: &str = "SET GLOBAL init_connect = ''";

impl ReadOnlySessions for MariaDb {
    const ON: &'static str = MY_ON;
    const OFF: &'static str = MY_OFF;
}

impl ReadOnlySessions for MySql {
    const ON: &'static str = MY_ON;
    const OFF: &'static str = MY_OFF;
}

fn is_explained(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::ReadOnlySession { node, .. }) if node == "default.master"
    )
}

async fn write_that_a_setting_refuses_says_why_inside_of_transactions_too<S: ReadOnlySessions>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let database = cluster.database("settings").await.unwrap();
    let url = database.url(cluster.master());
    make_tables(&connect(url.clone()).await).await;
    cluster.master().administer(&[S::ON]).await.unwrap();
    let bind = BindConfig::new("default", url);
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();

    let outside = new_note(1, 1).insert(&db).await.unwrap_err();
    assert!(is_explained(&outside), "{outside}");
    let transaction = db.begin().await.unwrap();
    let inside = new_note(1, 1).insert(&transaction).await.unwrap_err();
    assert!(is_explained(&inside), "{inside}");
    assert!(!RoutingError::may_have_happened(&inside));
    transaction.rollback().await.unwrap();
    let transaction = db.begin().await.unwrap();
    let text = "UPDATE note SET version = 2";
    let by_text = transaction.execute_unprepared(text).await.unwrap_err();
    assert!(is_explained(&by_text), "{by_text}");
    transaction.rollback().await.unwrap();

    // Who asked for it knows why.
    let read_only = Some(AccessMode::ReadOnly);
    let transaction = db.master().begin_with_config(None, read_only).await;
    let transaction = transaction.unwrap();
    let own = transaction.execute_unprepared(text).await.unwrap_err();
    assert!(!is_explained(&own), "{own}");
    transaction.rollback().await.unwrap();

    cluster.master().administer(&[S::OFF]).await.unwrap();
    cluster.master().end_sessions().await.unwrap();
    // A session that was used a moment ago is not asked before it is used again, and may be one that has ended.
    let write = || async { Ok(db.execute_unprepared(text).await.ok()) };
    test_cluster::until("a write", SOON, write).await.unwrap();
    db.close().await.unwrap();
}

on_servers!(write_that_a_setting_refuses_says_why_inside_of_transactions_too: Postgres, MariaDb, MySql);
