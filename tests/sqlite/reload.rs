//! A topology that changes while the application runs: by calls, and by a binds.yaml that is watched.

use std::{path::PathBuf, time::Duration};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, IntoDatabaseExecutor,
    Statement, StreamTrait, TransactionTrait,
    sqlx::{self, Row},
};
use sea_orm_routing::{
    BindsConfig, ConnectError, RoutingDatabase, RoutingError, TopologyChange,
    config::{BindConfig, NodeConfig},
};
use tempfile::TempDir;
use tokio::time::{Instant, interval};
use tokio_stream::StreamExt;

use crate::bakery::sql;

/// A directory of SQLite files, each with one row that names it.
struct Kitchen(TempDir);

impl Kitchen {
    async fn new(files: &[&str]) -> Self {
        let kitchen = Self(tempfile::tempdir().unwrap());
        for file in files {
            let mut options = ConnectOptions::new(format!("{}?mode=rwc", kitchen.url(file)));
            options.sqlx_logging(false);
            let connection = Database::connect(options).await.unwrap();
            let table =
                format!("CREATE TABLE cake (name text); INSERT INTO cake VALUES ('{file}'), ('x')");
            connection.execute_unprepared(&table).await.unwrap();
            connection.close().await.unwrap();
        }
        kitchen
    }

    fn url(&self, file: &str) -> String {
        format!("sqlite://{}/{file}.db", self.0.path().display())
    }

    fn slave(&self, name: &str) -> NodeConfig {
        NodeConfig::new(name, self.url(name))
    }

    fn config(&self) -> BindsConfig {
        let bind = BindConfig::new("default", self.url("master")).slave(self.slave("slave-1"));
        // The entities of this binary want it.
        let reports = BindConfig::new("reports", "sqlite::memory:");
        BindsConfig::new().bind(bind).bind(reports)
    }

    async fn connect(&self) -> RoutingDatabase {
        RoutingDatabase::from_config(self.config()).await.unwrap()
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("binds.yaml")
    }
}

const READ: &str = "SELECT name FROM cake";

async fn reader(db: &RoutingDatabase) -> String {
    let rows = db.query_all_raw(sql(READ)).await.unwrap();
    rows[0].try_get_by_index(0).unwrap()
}

/// Reads until one of these has served, of which each must be among `allowed`.
async fn until_read_from(db: &RoutingDatabase, wanted: &str, allowed: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut pace = interval(Duration::from_millis(5));
    loop {
        pace.tick().await;
        let reader = reader(db).await;
        assert!(allowed.contains(&reader.as_str()), "{reader}");
        if reader == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "nothing was read from {wanted}");
    }
}

#[tokio::test]
async fn added_slave_serves_reads_and_a_removed_one_does_not() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let db = kitchen.connect().await;
    assert_eq!(reader(&db).await, "slave-1");

    db.add_slave("default", kitchen.slave("slave-2"))
        .await
        .unwrap();
    until_read_from(&db, "slave-2", &["slave-1", "slave-2"]).await;
    until_read_from(&db, "slave-1", &["slave-1", "slave-2"]).await;

    db.remove_slave("default", "slave-1").await.unwrap();
    for _ in 0..50 {
        assert_eq!(reader(&db).await, "slave-2");
    }
    let status = db.status();
    assert!(status.node("default", "slave-1").is_none(), "{status}");
    assert!(matches!(
        db.bind("slave-1"),
        Err(RoutingError::UnknownKey { .. })
    ));
}

/// What borrows a connection knows no route, and a handle is often made once for all.
#[tokio::test]
async fn what_is_lent_is_of_the_present_master() {
    let kitchen = Kitchen::new(&["master", "second", "third", "slave-1"]).await;
    let db = kitchen.connect().await;
    for (file, loops) in [("master", 1), ("second", 3), ("third", 2)] {
        let bind = BindConfig::new("default", kitchen.url(file)).slave(kitchen.slave("slave-1"));
        let reports = BindConfig::new("reports", "sqlite::memory:");
        let config = BindsConfig::new().bind(bind).bind(reports);
        db.reload(config).await.unwrap();
        for _ in 0..loops {
            let executor = (&db).into_database_executor();
            let rows = executor.query_all_raw(sql(READ)).await.unwrap();
            let found: String = rows[0].try_get_by_index(0).unwrap();
            assert_eq!(found, file);
            let pool = db.get_sqlite_connection_pool();
            let row = sqlx::query(READ).fetch_one(pool).await.unwrap();
            assert_eq!(row.get::<String, _>(0), file);
        }
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn weight_moves_the_reads_and_keeps_the_counts() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let db = kitchen.connect().await;
    db.add_slave("default", kitchen.slave("slave-2"))
        .await
        .unwrap();
    until_read_from(&db, "slave-1", &["slave-1", "slave-2"]).await;
    let counted = db.status().node("default", "slave-1").unwrap().reads;
    assert!(counted > 0);
    db.set_weight("default", "slave-1", 0).await.unwrap();
    for _ in 0..50 {
        assert_eq!(reader(&db).await, "slave-2");
    }
    let status = db.status();
    let slave = status.node("default", "slave-1").unwrap();
    assert_eq!((slave.weight, slave.reads), (0, counted), "{status}");
    assert_eq!(reader(&db.bind("slave-1").unwrap()).await, "slave-1");
}

#[tokio::test]
async fn removal_waits_for_an_open_stream() {
    let kitchen = Kitchen::new(&["master", "slave-1"]).await;
    let db = kitchen.connect().await;
    let mut stream = db.stream_raw(sql(READ)).await.unwrap();
    let removal = tokio::spawn({
        let db = db.clone();
        async move { db.remove_slave("default", "slave-1").await }
    });
    // The topology changes at once: what begins now goes elsewhere.
    until_read_from(&db, "master", &["slave-1", "master"]).await;
    assert!(!removal.is_finished());
    let mut names = Vec::new();
    while let Some(row) = stream.next().await {
        names.push(row.unwrap().try_get_by_index::<String>(0).unwrap());
    }
    assert_eq!(names, ["slave-1", "x"]);
    assert!(!removal.is_finished());
    drop(stream);
    removal.await.unwrap().unwrap();
}

/// It began before the slave was removed, and may go on: no other node has its snapshot.
#[tokio::test]
async fn removal_waits_for_an_open_transaction() {
    let kitchen = Kitchen::new(&["master", "slave-1"]).await;
    let db = kitchen.connect().await;
    let read_only = Some(AccessMode::ReadOnly);
    let transaction = db.begin_with_config(None, read_only).await.unwrap();
    let names = async || {
        let rows = transaction.query_all_raw(sql(READ)).await.unwrap();
        rows[0].try_get_by_index::<String>(0).unwrap()
    };
    assert_eq!(names().await, "slave-1");
    let removal = tokio::spawn({
        let db = db.clone();
        async move { db.remove_slave("default", "slave-1").await }
    });
    until_read_from(&db, "master", &["slave-1", "master"]).await;
    assert!(!removal.is_finished());
    assert_eq!(names().await, "slave-1");
    transaction.commit().await.unwrap();
    removal.await.unwrap().unwrap();
    assert!(matches!(
        db.bind("slave-1"),
        Err(RoutingError::UnknownKey { .. })
    ));
}

#[tokio::test]
async fn tenants_are_added_and_removed_while_the_application_runs() {
    let kitchen = Kitchen::new(&["master", "slave-1", "tenant-7"]).await;
    let db = kitchen.connect().await;
    for tenant in 0..40 {
        let name = format!("tenant-{tenant}");
        let url = format!("{}?mode=rwc", kitchen.url(&name));
        db.add_bind(BindConfig::new(name, url)).await.unwrap();
    }
    assert_eq!(reader(&db.bind("tenant-7").unwrap()).await, "tenant-7");
    let missing = format!("{}?mode=rw", kitchen.url("missing"));
    let error = db
        .add_bind(BindConfig::new("missing", missing))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ConnectError::Node { node, .. } if node == "missing.master"),
        "{error}"
    );
    assert!(matches!(
        db.bind("missing"),
        Err(RoutingError::UnknownKey { .. })
    ));
    db.remove_bind("tenant-7").await.unwrap();
    let error = db.bind("tenant-7").unwrap_err();
    assert!(matches!(error, RoutingError::UnknownKey { .. }), "{error}");
}

/// A server of a tenant that nobody uses is not connected: this one does not exist.
#[tokio::test]
async fn thousand_tenants_on_servers_cost_no_connection() {
    let kitchen = Kitchen::new(&["master", "slave-1"]).await;
    let db = kitchen.connect().await;
    let tenants = (0..1_000).fold(kitchen.config(), |config, tenant| {
        let url = format!("postgres://app@tenants.invalid/tenant_{tenant}");
        config.bind(BindConfig::new(format!("tenant-{tenant}"), url))
    });
    assert_eq!(db.reload(tenants).await.unwrap().len(), 1_000);
    assert_eq!(db.status().nodes.len(), 1_003);
    let tenant = db.bind("tenant-999").unwrap();
    let read = Statement::from_string(DbBackend::Postgres, READ);
    assert_eq!(tenant.route(&read).unwrap().bind, "tenant-999");
    let error = tenant.query_all_raw(read).await.unwrap_err();
    assert!(matches!(error, DbErr::Conn(_)), "{error}");
    assert_eq!(reader(&db).await, "slave-1");
}

#[tokio::test]
async fn wrong_change_changes_nothing_and_says_why() {
    let kitchen = Kitchen::new(&["master", "slave-1"]).await;
    let db = kitchen.connect().await;
    let before = db.status().nodes.len();
    let cases = [
        (
            db.add_slave("default", NodeConfig::new("slave-1", "sqlite://other.db"))
                .await,
            "a second time",
        ),
        (
            db.add_slave("default", NodeConfig::new("slave-2", "oracle://x"))
                .await,
            "oracle",
        ),
        (
            db.add_slave("nowhere", kitchen.slave("slave-2")).await,
            "unknown bind key `nowhere`",
        ),
        (
            db.remove_slave("default", "slave-9").await,
            "unknown bind key `default.slave-9`",
        ),
        (
            db.remove_slave("default", "master").await,
            "unknown bind key `default.master`",
        ),
        (
            db.add_bind(BindConfig::new("default", "sqlite://x.db"))
                .await,
            "default",
        ),
        (db.remove_bind("default").await, "default"),
        (
            db.remove_bind("nowhere").await,
            "unknown bind key `nowhere`",
        ),
    ];
    for (result, expected) in cases {
        let error = result.unwrap_err();
        let text = match &error {
            ConnectError::Config(error) => error.to_string(),
            error => error.to_string(),
        };
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(db.status().nodes.len(), before);
    assert_eq!(reader(&db).await, "slave-1");
}

#[tokio::test]
async fn reload_says_what_is_different() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2", "archive"]).await;
    let db = kitchen.connect().await;
    let mut config = kitchen.config();
    config.binds[0].slaves[0].weight = 3;
    config.binds[0] = config.binds[0].clone().slave(kitchen.slave("slave-2"));
    let config = config.bind(BindConfig::new("archive", kitchen.url("archive")));
    let changes = db.reload(config.clone()).await.unwrap();
    assert_eq!(
        changes,
        [
            TopologyChange::WeightChanged("default".into(), "slave-1".into(), 3),
            TopologyChange::SlaveAdded("default".into(), "slave-2".into()),
            TopologyChange::BindAdded("archive".into()),
        ]
    );
    assert_eq!(db.reload(config).await.unwrap(), []);
    let changes = db.reload(kitchen.config()).await.unwrap();
    let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "slave `default.slave-1` has weight 1",
            "slave `default.slave-2` removed",
            "bind `archive` removed"
        ]
    );
}

#[tokio::test]
async fn no_statement_fails_while_the_topology_changes() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let db = kitchen.connect().await;
    let load: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..400 {
                    db.query_all_raw(sql(READ)).await.unwrap();
                    let update = "UPDATE cake SET name = name";
                    db.execute_unprepared(update).await.unwrap();
                }
            })
        })
        .collect();
    let mut changes = 0;
    while load.iter().any(|task| !task.is_finished()) {
        db.add_slave("default", kitchen.slave("slave-2"))
            .await
            .unwrap();
        db.set_weight("default", "slave-1", 2).await.unwrap();
        db.remove_slave("default", "slave-1").await.unwrap();
        db.add_slave("default", kitchen.slave("slave-1"))
            .await
            .unwrap();
        db.remove_slave("default", "slave-2").await.unwrap();
        changes += 5;
    }
    for task in load {
        task.await.unwrap();
    }
    assert!(changes >= 5, "{changes}");
    let status = db.status();
    assert!(
        status.nodes.iter().all(|node| node.in_flight == 0),
        "{status}"
    );
}

#[tokio::test]
async fn watched_file_becomes_the_topology_and_an_invalid_one_does_not() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let yaml = |slave: &str| {
        format!(
            "binds:\n  default:\n    master: {}\n    slaves: {{ {slave}: \"{}\" }}\n  reports: \"sqlite::memory:\"\n",
            kitchen.url("master"),
            kitchen.url(slave)
        )
    };
    std::fs::write(kitchen.path(), yaml("slave-1")).unwrap();
    let db = RoutingDatabase::builder()
        .watch(true)
        .connect(kitchen.path())
        .await
        .unwrap();
    assert_eq!(reader(&db).await, "slave-1");

    // As editors do it: a new file in the place of the old one.
    let draft = kitchen.0.path().join("draft");
    std::fs::write(&draft, yaml("slave-2")).unwrap();
    std::fs::rename(&draft, kitchen.path()).unwrap();
    until_read_from(&db, "slave-2", &["slave-1", "slave-2"]).await;

    std::fs::write(kitchen.path(), "binds: { default: { master: [] } }").unwrap();
    for _ in 0..50 {
        assert_eq!(reader(&db).await, "slave-2");
    }
    std::fs::write(kitchen.path(), yaml("slave-1")).unwrap();
    until_read_from(&db, "slave-1", &["slave-1", "slave-2"]).await;
}

/// The file names the same secret all the time.
#[tokio::test]
async fn a_secret_that_changes_is_a_change_of_the_watched_file() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let secrets = tempfile::tempdir().unwrap();
    let secret = secrets.path().join("slave");
    std::fs::write(&secret, kitchen.url("slave-1") + "\n").unwrap();
    let text = format!(
        "binds:\n  default:\n    master: {}\n    slaves: {{ slave: \"${{file:{}}}\" }}\n  reports: \"sqlite::memory:\"\n",
        kitchen.url("master"),
        secret.display()
    );
    std::fs::write(kitchen.path(), text).unwrap();
    let db = RoutingDatabase::builder()
        .watch(true)
        .connect(kitchen.path())
        .await
        .unwrap();
    assert_eq!(reader(&db).await, "slave-1");

    let draft = secrets.path().join("draft");
    std::fs::write(&draft, kitchen.url("slave-2")).unwrap();
    std::fs::rename(&draft, &secret).unwrap();
    until_read_from(&db, "slave-2", &["slave-1", "slave-2"]).await;
}

#[tokio::test]
async fn a_closed_database_changes_no_more() {
    let kitchen = Kitchen::new(&["master", "slave-1", "slave-2"]).await;
    let db = kitchen.connect().await;
    db.close_by_ref().await.unwrap();
    let closed = |changed: Result<(), ConnectError>| match changed {
        Err(ConnectError::Routing(error)) => assert_eq!(error, RoutingError::Closed),
        other => panic!("{other:?}"),
    };
    let tenant = BindConfig::new("tenant", kitchen.url("slave-2"));
    closed(db.add_slave("default", kitchen.slave("slave-2")).await);
    closed(db.remove_slave("default", "slave-1").await);
    closed(db.set_weight("default", "slave-1", 0).await);
    closed(db.add_bind(tenant).await);
    closed(db.remove_bind("reports").await);
    closed(db.reload(kitchen.config()).await.map(drop));
    // What works with a plain connection that is closed is the same error here.
    let backend = db.get_database_backend();
    let read = Statement::from_string(backend, "SELECT name FROM cake");
    let write = db
        .execute_unprepared("INSERT INTO cake VALUES ('late')")
        .await;
    let begun = db.begin().await;
    let in_transaction = match begun {
        Ok(begun) => begun.query_one_raw(read.clone()).await.map(drop),
        Err(error) => Err(error),
    };
    let stream = match db.stream_raw(read.clone()).await {
        Ok(mut rows) => rows.next().await.unwrap().map(drop),
        Err(error) => Err(error),
    };
    let read = db.query_one_raw(read).await.map(drop);
    for answer in [write.map(drop), in_transaction, stream, read] {
        let error = answer.unwrap_err();
        assert!(RoutingError::is_unavailable(&error), "{error:?}");
        assert!(!RoutingError::may_have_happened(&error), "{error:?}");
    }
}
