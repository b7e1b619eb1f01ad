//! A PgBouncer before the servers, old and new, in both modes: nothing that is ours stays on the sessions that it shares.

use sea_orm::{
    AccessMode, ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Pooler, Roles},
    status::NodeState,
};
use test_cluster::{PoolMode, Release};
use tokio::time::timeout;
use tokio_stream::StreamExt;

use super::bouncer::{Bounced, failed_writes, failed_writes_of, read_at_once};
use crate::{
    replicated::{SOON, new_note, node, note, patient, until_some, until_true},
    support::Log,
};

/// A share of the reads, then writes, then another application's.
async fn shares_and_spoils_nothing(bounced: &Bounced, pooler: Option<Pooler>, parameter: &str) {
    let db = bounced.share(pooler, parameter).await;
    read_at_once(&db).await;
    assert_eq!(failed_writes(&db, 40).await, 0);
    let stranger = bounced.stranger().await;
    assert_eq!(failed_writes_of(&stranger, 20).await, 0);
    read_at_once(&db).await;
    for slave in ["slave-1", "spared"] {
        assert_eq!(
            node(&db, slave).state,
            NodeState::Serving,
            "{}",
            db.status()
        );
    }
    assert!(node(&db, "spared").reads > 0, "{}", db.status());
    db.close().await.unwrap();
    assert_eq!(failed_writes_of(&stranger, 20).await, 0);
    stranger.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn old_pooler_of_transactions_is_shared_without_harm() {
    let bounced = Bounced::new(Release::Stable, PoolMode::Transaction, "").await;
    shares_and_spoils_nothing(&bounced, Some(Pooler::Transaction), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_pooler_of_transactions_is_shared_without_harm() {
    let settings = "max_prepared_statements = 100";
    let bounced = Bounced::new(Release::Sid, PoolMode::Transaction, settings).await;
    shares_and_spoils_nothing(&bounced, Some(Pooler::Transaction), "").await;
    let cached = "&statement-cache-capacity=100";
    shares_and_spoils_nothing(&bounced, Some(Pooler::Transaction), cached).await;
    // Who forgets the option harms nobody either.
    shares_and_spoils_nothing(&bounced, None, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poolers_of_sessions_are_used_as_servers() {
    for release in [Release::Stable, Release::Sid] {
        let bounced = Bounced::new(release, PoolMode::Session, "").await;
        for pooler in [Some(Pooler::Session), None] {
            // Each connection of a pool has a session: as many as the pools of two nodes on one address open.
            shares_and_spoils_nothing(&bounced, pooler, "").await;
        }
    }
}

#[tokio::test]
async fn pooler_is_noticed_and_said_once() {
    let bounced = Bounced::new(Release::Sid, PoolMode::Transaction, "").await;
    let (log, _guard) = Log::start();
    let db = bounced.share(None, "").await;
    for _ in 0..20 {
        crate::replicated::find(&db.session(), 1).await;
    }
    let said = |text| log.text().matches(text).count();
    assert_eq!(
        said("a pooler stands before the server"),
        2,
        "{}",
        log.text()
    );
    // The server of one is a standby; the other's takes writes.
    until_true("both were asked", || {
        ["slave-1", "spared"].map(|slave| node(&db, slave).refuses_writes)
            == [Some(true), Some(false)]
    })
    .await;
    assert_eq!(
        said("is reached by a pooler and takes writes"),
        1,
        "{}",
        log.text()
    );
    db.close().await.unwrap();
}

/// A setting that somebody left on a session is not taken for a standby's.
#[tokio::test]
async fn write_that_a_foreign_setting_refuses_says_why() {
    let bounced = Bounced::new(
        Release::Stable,
        PoolMode::Transaction,
        "default_pool_size = 1",
    )
    .await;
    let db = bounced.share(Some(Pooler::Transaction), "").await;
    let stranger = bounced.stranger().await;
    let leave = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
    stranger.execute_unprepared(leave).await.unwrap();
    let error = new_note(1, 1).insert(&db).await.unwrap_err();
    let why = RoutingError::of(&error);
    assert!(
        matches!(why, Some(RoutingError::ReadOnlySession { node, .. }) if node == "default.master"),
        "{error}"
    );
    assert!(!RoutingError::may_have_happened(&error));
    stranger
        .execute_unprepared("RESET default_transaction_read_only")
        .await
        .unwrap();
    until_some("a write", async || new_note(1, 1).insert(&db).await.ok()).await;
    db.close().await.unwrap();
}

/// What uses several messages, or a session, on a pooler that knows nothing of prepared statements.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_and_streams_pass_an_old_pooler() {
    let bounced = Bounced::new(Release::Stable, PoolMode::Transaction, "").await;
    let db = bounced.share(Some(Pooler::Transaction), "").await;
    let mut tasks = tokio::task::JoinSet::new();
    for owner in 0..6 {
        let db = db.session();
        tasks.spawn(async move {
            for version in 0..5 {
                let txn = db.begin().await.unwrap();
                let note = new_note(owner, version).insert(&txn).await.unwrap();
                assert!(
                    note::Entity::find_by_id(note.id)
                        .one(&txn)
                        .await
                        .unwrap()
                        .is_some()
                );
                txn.commit().await.unwrap();
                let own = note::Entity::find().filter(note::Column::Owner.eq(owner));
                let rows: Vec<_> = own.stream(&db).await.unwrap().collect().await;
                assert_eq!(
                    rows.into_iter().map(|row| row.unwrap().version).max(),
                    Some(version)
                );
                let read_only = Some(AccessMode::ReadOnly);
                let txn = db.begin_with_config(None, read_only).await.unwrap();
                assert!(
                    note::Entity::find_by_id(note.id)
                        .one(&txn)
                        .await
                        .unwrap()
                        .is_some()
                );
                txn.commit().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    db.close().await.unwrap();
}

/// What a session has that a new one has not, but for the settings of each client, which a pooler sets itself, and of the
/// transaction: settings, locks, channels, temporary tables, prepared statements.
const LEFT: &str = "SELECT 'setting ' || name || ' ' || setting AS what FROM pg_settings WHERE source = 'session' \
       AND name NOT LIKE 'transaction_%' AND name NOT IN ('TimeZone', 'DateStyle', 'client_encoding', 'application_name', 'standard_conforming_strings') \
     UNION ALL SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' \
     UNION ALL SELECT 'channel ' || channel FROM pg_listening_channels() AS channel \
     UNION ALL SELECT 'temporary ' || relname FROM pg_class WHERE relpersistence = 't' \
     UNION ALL SELECT 'prepared ' || name FROM pg_prepared_statements WHERE name NOT LIKE 'PGBOUNCER%' \
     UNION ALL SELECT 'role' WHERE session_user <> current_user";

/// What is left on the sessions that a pooler has for a database: so many transactions at once visit all of them.
async fn left(stranger: &sea_orm::DatabaseConnection) -> Vec<String> {
    use sea_orm::sqlx::{Row, raw_sql};

    let pool = stranger.get_postgres_connection_pool();
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut connection = pool.acquire().await.unwrap();
        // Messages without names, whatever the pooler knows of these.
        raw_sql("BEGIN").execute(&mut *connection).await.unwrap();
        open.push(connection);
    }
    let mut left = Vec::new();
    for mut connection in open {
        let rows = raw_sql(LEFT).fetch_all(&mut *connection).await.unwrap();
        left.extend(rows.iter().map(|row| row.get::<String, _>("what")));
        raw_sql("COMMIT").execute(&mut *connection).await.unwrap();
    }
    left
}

/// Reads, writes, transactions of all kinds, streams, definitions, a migration's connection, the monitor and the catalogue.
async fn nothing_stays_on_shared_sessions(
    release: Release,
    settings: &str,
    pooler: Option<Pooler>,
) {
    let bounced = Bounced::new(release, PoolMode::Transaction, settings).await;
    let db = bounced.share(pooler, "").await;
    read_at_once(&db).await;
    assert_eq!(failed_writes(&db, 20).await, 0);
    db.execute_unprepared("CREATE TABLE left_behind (id int)")
        .await
        .unwrap();
    let rows: Vec<_> = note::Entity::find()
        .stream(&db)
        .await
        .unwrap()
        .collect()
        .await;
    assert_eq!(rows.len(), 20);
    let token = db.session().token().await;
    drop(token);
    let stranger = bounced.stranger().await;
    assert_eq!(left(&stranger).await, Vec::<String>::new());
    for access in [AccessMode::ReadOnly, AccessMode::ReadWrite] {
        let begun = db.begin_with_config(None, Some(access)).await.unwrap();
        begun
            .execute_unprepared("SET LOCAL work_mem = '1MB'")
            .await
            .unwrap();
        note::Entity::find().all(&begun).await.unwrap();
        begun.commit().await.unwrap();
    }
    let mut left = left(&stranger).await;
    if release == Release::Stable {
        // SeaORM names the statements of its transactions, which such a pooler does not know.
        left.retain(|what| !what.starts_with("prepared"));
    }
    assert_eq!(left, Vec::<String>::new());
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_ours_stays_on_the_sessions_of_a_pooler() {
    let transaction = Some(Pooler::Transaction);
    nothing_stays_on_shared_sessions(Release::Stable, "", transaction).await;
    let names = "max_prepared_statements = 100";
    nothing_stays_on_shared_sessions(Release::Sid, names, transaction).await;
    nothing_stays_on_shared_sessions(Release::Sid, names, None).await;
}

/// A search path that can't be set is said at the first use, and costs reads no time: the master, which has none between,
/// serves them.
#[tokio::test(flavor = "multi_thread")]
async fn search_path_behind_a_pooler_is_refused_with_its_reason() {
    let bounced = Bounced::new(Release::Sid, PoolMode::Transaction, "").await;
    let pool = PoolConfig::new()
        .schema_search_path("public")
        // So that a test would time out that waits for it.
        .acquire_timeout(SOON * 10);
    let url = |entry| bounced.bouncer.url(entry);
    let notebook = &bounced.notebook;
    new_note(1, 0).insert(&notebook.master).await.unwrap();
    let master = notebook.database.url(notebook.cluster.master());
    let bind = BindConfig::new("default", master)
        .slave(NodeConfig::new("slave-1", url("slave")))
        .reads(patient())
        .pool(pool.clone());
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let is_said = |error: &DbErr| {
        let why = RoutingError::of(error);
        matches!(why, Some(RoutingError::SharedSessions { node, .. }) if node == "default.slave-1")
    };
    let slave = db.slave().unwrap();
    for _ in 0..3 {
        let error = timeout(SOON, note::Entity::find().all(&slave)).await;
        assert!(is_said(&error.unwrap().unwrap_err()));
        let begun = timeout(SOON, slave.begin()).await.unwrap();
        let error = match begun {
            Ok(begun) => note::Entity::find().all(&begun).await.map(drop),
            Err(error) => Err(error),
        };
        assert!(is_said(&error.unwrap_err()));
    }
    for _ in 0..300 {
        let session = db.session();
        let rows = timeout(SOON, note::Entity::find().all(&session)).await;
        assert_eq!(rows.unwrap().unwrap().len(), 1);
    }
    db.close().await.unwrap();

    // A master that nobody has connected yet, as where roles are discovered.
    let bind = BindConfig::new("default", url("master"))
        .failover(FailoverConfig::new().roles(Roles::Discover))
        .pool(pool);
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let error = timeout(SOON, new_note(1, 1).insert(&db)).await.unwrap();
    let error = error.unwrap_err();
    let why = RoutingError::of(&error);
    assert!(
        matches!(why, Some(RoutingError::SharedSessions { node, .. }) if node == "default.master"),
        "{error}"
    );
}
