//! Where freshness comes from if not from the servers' positions: a heartbeat row, or an assumption.

use std::time::Duration;

use crate::replicated::{
    HOUR, Notebook, Turns, find, new_note, node, reader, reason, served, until_some, until_state,
    until_true,
};
use crate::support::Log;
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use sea_orm_migration::prelude::*;
use sea_orm_routing::{
    Role, RoutingDatabase,
    config::{FreshnessSource, ReadsConfig},
    route::NodeReason,
    status::NodeState,
};
use test_cluster::on_servers;
use tokio::time::Instant;

/// The table as the documentation makes it, in SQL.
fn documented_table() -> &'static str {
    let documentation = include_str!("../../../docs/consistency.md");
    let mut lines = documentation.lines();
    lines
        .find(|line| line.starts_with("CREATE TABLE sea_orm_routing_heartbeat"))
        .unwrap()
}

/// The migration of the documentation, to the letter.
#[derive(DeriveMigrationName)]
struct CreateHeartbeat;

#[allow(elided_lifetimes_in_paths, reason = "so are the trait's")]
#[async_trait::async_trait]
impl MigrationTrait for CreateHeartbeat {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("sea_orm_routing_heartbeat")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("beat").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await
    }
}

const TABLE: &str = "sea_orm_routing_heartbeat";

fn heartbeat() -> ReadsConfig {
    ReadsConfig::new().freshness(FreshnessSource::Heartbeat)
}

async fn heartbeat_tells_what_slaves_hold<S: Turns>() {
    let notebook = Notebook::<S>::new("heartbeat").await;
    notebook
        .master
        .execute_unprepared(documented_table())
        .await
        .unwrap();
    notebook.catch_up().await;
    let master = notebook.cluster.master().log_statements().await.unwrap();
    let db = notebook.open(heartbeat().max_lag(HOUR)).await;
    notebook.pause().await;
    for version in 0..20 {
        let id = new_note(1, version).insert(&db).await.unwrap().id;
        let (found, by) = served(&db, find(&db, id)).await;
        assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
    }
    let other = tokio::spawn({
        let db = db.clone();
        async move { reader(&db) }
    });
    assert_eq!(other.await.unwrap(), Role::Slave);
    notebook.resume().await;
    until_true("a slave with the writes", || reader(&db) == Role::Slave).await;
    let id = new_note(1, 99).insert(&db).await.unwrap().id;
    until_some("the write, from a slave", async || {
        let (found, by) = served(&db, find(&db, id)).await;
        assert!(found.is_some());
        (by == "default.slave 1r").then_some(())
    })
    .await;
    let raised = "UPDATE sea_orm_routing_heartbeat";
    assert!(master.count(raised).await.unwrap() > 1);
    db.close().await.unwrap();
}

on_servers!(heartbeat_tells_what_slaves_hold: Postgres, MariaDb, MySql);

async fn heartbeat_takes_slaves_out_and_in<S: Turns>() {
    let lag = Duration::from_secs(1);
    let notebook = Notebook::<S>::new("heartbeat_lag").await;
    let manager = SchemaManager::new(&notebook.master);
    CreateHeartbeat.up(&manager).await.unwrap();
    notebook.catch_up().await;
    let db = notebook.open(heartbeat().max_lag(lag)).await;
    notebook.cluster.slave(1).pause_replay().await.unwrap();
    // Nobody writes but the monitor: a beat that does not arrive is enough.
    until_state(&db, "slave-1", NodeState::Lagging).await;
    assert_eq!(node(&db, "slave-2").state, NodeState::Serving);
    notebook.resume().await;
    until_state(&db, "slave-1", NodeState::Serving).await;
    db.close().await.unwrap();
}

on_servers!(heartbeat_takes_slaves_out_and_in: Postgres, MariaDb, MySql);

async fn missing_heartbeat_table_keeps_slaves_out<S: Turns>() {
    let notebook = Notebook::<S>::new("no_heartbeat").await;
    let asked = notebook.cluster.slave(1).log_statements().await.unwrap();
    let (log, _guard) = Log::start();
    let db = RoutingDatabase::from_config(notebook.config(heartbeat()))
        .await
        .unwrap();
    until_some("several beats", async || {
        new_note(1, 1).insert(&db).await.unwrap();
        let (_, by) = served(&db, find(&db, 1)).await;
        assert_eq!(by, "default.master 1r");
        assert_eq!(reason(&db), NodeReason::Lagging);
        (asked.count(TABLE).await.unwrap() > 5).then_some(())
    })
    .await;
    let text = log.text();
    for name in ["master", "slave-1", "slave-2"] {
        let error = node(&db, name).last_error.unwrap();
        assert!(error.contains(TABLE), "{error}");
        let lines = text.lines().filter(|line| {
            line.contains("the position is not known") && line.contains(&format!("node={name}"))
        });
        assert_eq!(lines.count(), 1, "{name}: {text}");
    }
    for slave in ["slave-1", "slave-2"] {
        assert_eq!(node(&db, slave).state, NodeState::Unknown);
    }
    notebook
        .master
        .execute_unprepared(documented_table())
        .await
        .unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    assert_eq!(node(&db, "slave-1").last_error, None);
    db.close().await.unwrap();
}

// On one thread, so that its log is all of the log.
on_servers!(one_thread missing_heartbeat_table_keeps_slaves_out: Postgres, MariaDb, MySql);

async fn window_is_taken_for_granted<S: Turns>() {
    let window = Duration::from_secs(2);
    let notebook = Notebook::<S>::new("window").await;
    let reads = ReadsConfig::new().freshness(FreshnessSource::Window(window));
    let slave = notebook.cluster.slave(1).log_statements().await.unwrap();
    let began = Instant::now();
    let db = RoutingDatabase::from_config(notebook.config(reads))
        .await
        .unwrap();
    assert_eq!(reader(&db), Role::Slave, "nothing was written");
    notebook.pause().await;
    let id = new_note(1, 1).insert(&db).await.unwrap().id;
    let wrote = Instant::now();
    until_some("the end of the window", async || {
        let began = wrote.elapsed();
        let (found, by) = served(&db, find(&db, id)).await;
        if by == "default.master 1r" {
            assert!(found.is_some());
            return None;
        }
        assert!(began + Duration::from_millis(100) > window, "{began:?}");
        assert_eq!(found, None, "an assumption may be wrong");
        Some(())
    })
    .await;
    assert_eq!(node(&db, "slave-1").state, NodeState::Serving);
    // Whether it answers is asked now and then, and no more often for what was written.
    let asked = slave.count(S::POSITION).await.unwrap();
    let most = 3 + usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!((1..=most).contains(&asked), "{asked} of {most}");
    db.close().await.unwrap();
}

on_servers!(window_is_taken_for_granted: Postgres, MariaDb, MySql);
