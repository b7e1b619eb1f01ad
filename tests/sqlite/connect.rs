//! From a binds.yaml to a running database: what is opened and how, what the errors say, and what they never say.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use entity::{bakery, report};
use migration::{Bakeries, MigratorTrait, Reports};
use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert, prop_assume, proptest};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, Statement, TransactionTrait, prelude::*,
};
use sea_orm_routing::{
    Balance, BindBuilder, BindsConfig, ConnectError, RoutingDatabase, RoutingError,
    config::{BindConfig, NodeConfig, PoolConfig, RoutingConfig},
};
use tempfile::TempDir;
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    filter::LevelFilter,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::bakery::sql;

/// The default bind with two slaves on its master's file, and reports with one.
const BAKERY: &str = "
binds:
  default:
    master: sqlite://DIR/data/of/bakery.db?mode=rwc
    slaves:
      slave-1: sqlite://DIR/data/of/bakery.db?mode=ro
      slave-2: { url: \"${NO_SUCH_VARIABLE:-sqlite://DIR/data/of/bakery.db?mode=ro}\", weight: 2 }
  reports:
    master: { url: sqlite://DIR/data/reports.db?mode=rwc }
    slaves: [sqlite://DIR/data/reports.db?mode=ro]
    tables: [\"legacy_*\", audit]
";

/// Writes a binds.yaml, with the directory for `DIR`.
fn write(directory: &TempDir, text: &str) -> PathBuf {
    let path = directory.path().join("binds.yaml");
    let text = text.replace("DIR", &directory.path().display().to_string());
    std::fs::write(&path, text).unwrap();
    path
}

async fn connect(directory: &TempDir, text: &str) -> Result<RoutingDatabase, ConnectError> {
    RoutingDatabase::connect(write(directory, text)).await
}

/// Connected to the bakery's file plus `more`, with the tables of both binds.
async fn bakery(directory: &TempDir, more: &str) -> RoutingDatabase {
    let db = connect(directory, &format!("{BAKERY}{more}"))
        .await
        .unwrap();
    Bakeries::up(&db, None).await.unwrap();
    Reports::up(&db.bind("reports").unwrap(), None)
        .await
        .unwrap();
    db
}

async fn add_bakery(db: &impl ConnectionTrait, name: &str) {
    let bakery = bakery::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    };
    bakery::Entity::insert(bakery).exec(db).await.unwrap();
}

/// The only value of the only row.
async fn value<T: sea_orm::TryGetable>(db: &RoutingDatabase, text: &str) -> T {
    let row = db.query_one_raw(sql(text)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn temporary() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The error and what it comes from, as a report would print them.
fn chain(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |&error| error.source());
    sources
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

mod sqlite {
    use super::*;

    #[tokio::test]
    async fn files_and_their_directories_are_created() {
        let directory = temporary();
        let db = bakery(&directory, "").await;
        for file in ["data/of/bakery.db", "data/reports.db"] {
            assert!(directory.path().join(file).is_file(), "{file}");
        }
        let nodes: Vec<_> = db
            .status()
            .nodes
            .iter()
            .map(|node| format!("{}.{} {} {}", node.bind, node.node, node.role, node.weight))
            .collect();
        assert_eq!(
            nodes,
            [
                "default.master master 1",
                "default.slave-1 slave 1",
                "default.slave-2 slave 2",
                "reports.master master 1",
                "reports.slave-1 slave 1",
            ]
        );
    }

    #[tokio::test]
    async fn slaves_see_what_the_master_has_committed_at_once() {
        let directory = temporary();
        let db = &bakery(&directory, "").await;
        for number in 1..=20 {
            add_bakery(db, "new").await;
            for handle in [
                db.clone(),
                db.bind("slave-1").unwrap(),
                db.bind("slave-2").unwrap(),
            ] {
                assert_eq!(bakery::Entity::find().count(&handle).await.unwrap(), number);
            }
        }
        let txn = db.begin().await.unwrap();
        add_bakery(&txn, "not yet committed").await;
        assert_eq!(bakery::Entity::find().count(db).await.unwrap(), 20);
        txn.commit().await.unwrap();
        assert_eq!(bakery::Entity::find().count(db).await.unwrap(), 21);
        let status = db.status();
        assert_eq!(status.node("default", "master").unwrap().reads, 0);
        assert_eq!(status.node("default", "master").unwrap().writes, 21);
    }

    #[tokio::test]
    async fn master_is_one_writer_with_a_write_ahead_log() {
        let directory = temporary();
        let db = &bakery(&directory, "").await;
        assert_eq!(value::<String>(db, "PRAGMA journal_mode").await, "wal");
        assert_eq!(
            value::<i64>(&db.master(), "SELECT * FROM pragma_query_only").await,
            0
        );
        let reports = db.bind("reports").unwrap();
        assert_eq!(
            value::<String>(&reports, "PRAGMA journal_mode").await,
            "wal"
        );
        for handle in [db, &reports] {
            let pool = handle.get_sqlite_connection_pool();
            assert_eq!(pool.options().get_max_connections(), 1);
        }
        assert!(directory.path().join("data/of/bakery.db-wal").is_file());
    }

    #[tokio::test]
    async fn slaves_are_read_only_by_sqlites_own_means() {
        let directory = temporary();
        let text = BAKERY.replace("mode=ro}", "mode=rwc}");
        let db = &connect(&directory, &text).await.unwrap();
        Bakeries::up(db, None).await.unwrap();
        add_bakery(db, "kept").await;
        // One string in MySQL's spelling, two statements in SQLite's, which is the node's.
        let disguised = r"SELECT '\'; DELETE FROM bakery; --'";
        let disguised = || Statement::from_string(DbBackend::MySql, disguised);
        for key in ["slave-1", "slave-2"] {
            let slave = db.bind(key).unwrap();
            assert_eq!(
                value::<i64>(&slave, "SELECT * FROM pragma_query_only").await,
                1
            );
            let error = slave.query_all_raw(disguised()).await.unwrap_err();
            let error = RoutingError::of(&error).unwrap();
            assert!(
                matches!(error, RoutingError::WriteOnSlave { .. }),
                "{key}: {error}"
            );
        }
        assert_eq!(bakery::Entity::find().count(&db.master()).await.unwrap(), 1);
        db.query_all_raw(disguised()).await.unwrap();
        assert_eq!(bakery::Entity::find().count(&db.master()).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn file_that_its_url_opens_for_reading_only_is_taken_as_it_is() {
        let directory = temporary();
        let file = directory.path().join("reference.db").display().to_string();
        let writer = sea_orm::Database::connect(format!("sqlite://{file}?mode=rwc"))
            .await
            .unwrap();
        writer
            .execute_unprepared("CREATE TABLE t AS SELECT 7 AS id")
            .await
            .unwrap();
        writer.close().await.unwrap();
        let config = BindsConfig::new().bind(BindConfig::new(
            "default",
            format!("sqlite://{file}?mode=ro"),
        ));
        let config = config.bind(BindConfig::new("reports", "sqlite::memory:"));
        let db = &RoutingDatabase::from_config(config).await.unwrap();
        assert_eq!(value::<i64>(db, "SELECT id FROM t").await, 7);
        assert_ne!(value::<String>(db, "PRAGMA journal_mode").await, "wal");
    }

    #[tokio::test]
    async fn missing_file_of_a_slave_is_an_error_and_not_created() {
        let directory = temporary();
        let text = "
binds:
  default:
    master: sqlite://DIR/bakery.db?mode=rwc
    slaves: [sqlite://DIR/bakery.db, sqlite://DIR/elsewhere.db?mode=rwc]
  reports: sqlite://DIR/reports.db?mode=rwc
";
        let error = connect(&directory, text).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "node `default.slave-2` can't be connected: Connection Error: error returned from database: (code: 14) unable \
             to open database file"
        );
        assert!(!directory.path().join("elsewhere.db").exists());
    }

    #[tokio::test]
    async fn directory_that_can_not_be_created_is_named() {
        let directory = temporary();
        std::fs::write(directory.path().join("file"), "").unwrap();
        let text = "binds: {default: sqlite://DIR/a.db?mode=rwc, reports: sqlite://DIR/file/b.db?mode=rwc}";
        let error = connect(&directory, text).await.unwrap_err();
        assert!(matches!(error, ConnectError::Directory { .. }), "{error:?}");
        let expected = format!(
            "node `reports.master` needs directory `{}/file`: File exists (os error 17)",
            directory.path().display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn database_in_memory_has_one_connection_and_no_slaves() {
        let directory = temporary();
        let text = "binds: {default: 'sqlite://:memory:', reports: 'sqlite::memory:'}";
        let db = &connect(&directory, text).await.unwrap();
        Bakeries::up(db, None).await.unwrap();
        Reports::up(&db.bind("reports").unwrap(), None)
            .await
            .unwrap();
        add_bakery(db, "kept").await;
        let (one, two) = tokio::join!(
            bakery::Entity::find().count(db),
            bakery::Entity::find().count(db)
        );
        assert_eq!((one.unwrap(), two.unwrap()), (1, 1));
        assert_eq!(report::Entity::find().count(db).await.unwrap(), 0);
        let text = "binds: {default: {master: 'sqlite::memory:', slaves: ['sqlite::memory:']}, reports: 'sqlite::memory:'}";
        let error = connect(&directory, text).await.unwrap_err();
        assert!(matches!(error, ConnectError::Config(_)), "{error}");
    }

    #[tokio::test]
    async fn second_connect_finds_what_the_first_wrote() {
        let directory = temporary();
        let db = bakery(&directory, "").await;
        add_bakery(&db, "kept").await;
        db.close().await.unwrap();
        let db = bakery(&directory, "").await;
        let found = bakery::Entity::find().one(&db).await.unwrap().unwrap();
        assert_eq!(found.name, "kept");
    }
}

mod options {
    use super::*;

    /// How many of 30 reads each slave of the default bind served.
    async fn shares(db: &RoutingDatabase) -> (u64, u64) {
        for _ in 0..30 {
            bakery::Entity::find().all(db).await.unwrap();
        }
        let status = db.status();
        let reads = |node| status.node("default", node).unwrap().reads;
        (reads("slave-1"), reads("slave-2"))
    }

    #[tokio::test]
    async fn weights_and_balance_of_the_file_are_kept() {
        let directory = temporary();
        let db = bakery(&directory, "routing: { balance: round_robin }").await;
        assert_eq!(shares(&db).await, (10, 20));
    }

    #[tokio::test]
    async fn seed_repeats_the_random_choices() {
        let mut sequences = Vec::new();
        for seed in [7, 7, 8] {
            let directory = temporary();
            let db = bakery(&directory, &format!("routing: {{ seed: {seed} }}")).await;
            let mut sequence = Vec::new();
            for _ in 0..40 {
                bakery::Entity::find().all(&db).await.unwrap();
                sequence.push(db.status().node("default", "slave-1").unwrap().reads);
            }
            sequences.push(sequence);
        }
        assert_eq!(sequences[0], sequences[1]);
        assert_ne!(sequences[0], sequences[2]);
    }

    #[tokio::test]
    async fn builder_overrides_the_file() {
        let directory = temporary();
        let path = write(&directory, BAKERY);
        let builder = RoutingDatabase::builder().balance(Balance::RoundRobin);
        let db = builder.connect(&path).await.unwrap();
        Bakeries::up(&db, None).await.unwrap();
        assert_eq!(shares(&db).await, (10, 20));
    }

    #[tokio::test]
    async fn builder_adds_binds_to_those_of_the_file() {
        let directory = temporary();
        let path = write(
            &directory,
            "binds: {default: sqlite://DIR/bakery.db?mode=rwc}",
        );
        let mock = sea_orm::MockDatabase::new(DbBackend::Sqlite).into_connection();
        let builder = RoutingDatabase::builder().bind(BindBuilder::new("reports", mock));
        let db = builder.connect(&path).await.unwrap();
        assert!(db.bind("reports").unwrap().is_mock_connection());
        assert!(!db.is_mock_connection());
    }

    #[tokio::test]
    async fn listed_tables_and_patterns_belong_to_their_bind() {
        let directory = temporary();
        let db = &bakery(&directory, "").await;
        for table in ["audit", "legacy_log"] {
            db.execute_unprepared(&format!("CREATE TABLE {table} (id integer)"))
                .await
                .unwrap();
            db.query_all_raw(sql(&format!("SELECT * FROM {table}")))
                .await
                .unwrap();
        }
        let reports = db.status().node("reports", "master").unwrap().clone();
        let slave = db.status().node("reports", "slave-1").unwrap().clone();
        assert_eq!((reports.reads, reports.writes), (0, 2));
        assert_eq!((slave.reads, slave.writes), (2, 0));
        assert_eq!(
            db.route(&sql("SELECT * FROM audits")).unwrap().bind,
            "default"
        );
    }

    #[tokio::test]
    async fn pool_options_of_node_bind_and_file_are_used() {
        let directory = temporary();
        let text = "
binds:
  default:
    master: { url: sqlite://DIR/bakery.db?mode=rwc, pool: { max_connections: 3 } }
  reports:
    master: sqlite://DIR/reports.db?mode=rwc
    pool: { max_connections: 2, acquire_timeout: 7s }
pool: { max_connections: 9, acquire_timeout: 5s, idle_timeout: 1h, max_lifetime: 2h }
";
        let db = connect(&directory, text).await.unwrap();
        let reports = db.bind("reports").unwrap();
        let options = |db: &RoutingDatabase| db.get_sqlite_connection_pool().options().clone();
        let (default, reports) = (options(&db), options(&reports));
        assert_eq!(
            (default.get_max_connections(), reports.get_max_connections()),
            (3, 2)
        );
        assert_eq!(default.get_acquire_timeout().as_secs(), 5);
        assert_eq!(reports.get_acquire_timeout().as_secs(), 7);
        assert_eq!(default.get_idle_timeout().unwrap().as_secs(), 3600);
        assert_eq!(default.get_max_lifetime().unwrap().as_secs(), 7200);
    }

    #[tokio::test]
    async fn echo_of_the_file_logs_statements_at_info_level() {
        let directory = temporary();
        let db = &bakery(&directory, "routing: { echo: true }").await;
        let (log, _guard) = Log::start(LevelFilter::INFO);
        bakery::Entity::find().all(db).await.unwrap();
        let found = log.text();
        assert!(found.contains("INFO sea_orm_routing"), "{found}");
        assert!(
            found.contains(r#"sql=SELECT "bakery"."id", "bakery"."name" FROM "bakery""#),
            "{found}"
        );
    }

    #[tokio::test]
    async fn configuration_built_in_code_connects_too() {
        let directory = temporary();
        let file =
            |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
        let config = BindsConfig::new()
            .bind(
                BindConfig::new("default", file("bakery"))
                    .slave(NodeConfig::new("slave-1", file("bakery")))
                    .slave(NodeConfig::new("slave-2", file("bakery")).weight(2)),
            )
            .bind(BindConfig::new("reports", file("reports")).tables(["legacy_*"]))
            .pool(PoolConfig::new().min_connections(1))
            .routing(RoutingConfig::new().balance(Balance::RoundRobin));
        let db = RoutingDatabase::from_config(config).await.unwrap();
        Bakeries::up(&db, None).await.unwrap();
        add_bakery(&db, "in code").await;
        assert_eq!(
            bakery::Entity::find().one(&db).await.unwrap().unwrap().name,
            "in code"
        );
        assert_eq!(
            db.route(&sql("SELECT * FROM legacy_log")).unwrap().bind,
            "reports"
        );
        assert_eq!(shares(&db).await, (11, 20));
    }
}

mod errors {
    use sea_orm_routing::__private::{Registration, inventory};

    use super::*;

    /// How many entities of this binary declare a bind key.
    fn keys() -> usize {
        inventory::iter::<Registration>().count()
    }

    #[tokio::test]
    async fn all_problems_of_the_file_and_of_the_code_are_in_one_error() {
        let directory = temporary();
        let text = "binds:
  default:
    master: oracle://DIR/a
    slavs: []
routing:
  balance: fair
";
        let error = connect(&directory, text).await.unwrap_err();
        let ConnectError::Config(config) = &error else {
            panic!("{error:?}");
        };
        assert!(
            config.origin().ends_with("binds.yaml"),
            "{}",
            config.origin()
        );
        let lines: Vec<_> = config
            .problems()
            .iter()
            .map(|problem| problem.line)
            .collect();
        // The entities that declare `reports` are no place in the file.
        let (file, code) = lines.split_at(3);
        assert_eq!(file, [Some(3), Some(4), Some(6)], "{error}");
        assert_eq!(code, vec![None; keys()], "{error}");
        let text = error.to_string();
        for part in [
            &format!("binds.yaml: {} problems", 3 + keys()),
            "line 3, binds.default.master",
            "found scheme `oracle`",
            "line 4, binds.default.slavs",
            "line 6, routing.balance: found `fair`, expected `random`, `round_robin`, `least` or `latency`",
            "bind key of `entity::report::Entity`: found `reports`, expected",
            "bind key of `entity::report_line::Entity`: found `reports`, expected",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(!directory.path().join("a").exists());
    }

    #[tokio::test]
    async fn problems_of_a_configuration_in_code_have_no_line() {
        let config = BindsConfig::new().bind(BindConfig::new("defautl", "sqlite::memory:"));
        let error = RoutingDatabase::from_config(config).await.unwrap_err();
        let ConnectError::Config(config) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(config.problems().len(), 1 + keys(), "{error}");
        assert!(
            config
                .problems()
                .iter()
                .all(|problem| problem.line.is_none())
        );
        assert!(
            error.to_string().contains("found no bind `default`"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn missing_file_is_an_error_that_names_it() {
        let error = RoutingDatabase::connect("no/such/binds.yaml")
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "no/such/binds.yaml: 1 problem\n  found no such file, expected a YAML file with `binds`"
        );
    }

    #[tokio::test]
    async fn errors_convert_with_a_question_mark() {
        async fn as_db_err(path: &Path) -> Result<RoutingDatabase, DbErr> {
            Ok(RoutingDatabase::connect(path).await?)
        }
        async fn as_box(path: &Path) -> Result<RoutingDatabase, Box<dyn Error + Send + Sync>> {
            Ok(RoutingDatabase::connect(path).await?)
        }
        let directory = temporary();
        let path = write(&directory, "binds: {default: x}");
        let error = as_db_err(&path).await.unwrap_err();
        assert!(
            error.to_string().contains("line 1, binds.default"),
            "{error}"
        );
        let error = as_box(&path).await.unwrap_err();
        assert!(error.downcast_ref::<ConnectError>().is_some());

        let path = write(
            &directory,
            "binds: {default: sqlite://DIR/none.db, reports: 'sqlite::memory:'}",
        );
        let error = as_db_err(&path).await.unwrap_err();
        assert!(matches!(error, DbErr::Conn(_)), "{error:?}");
        let error = as_box(&path).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "node `default.master` can't be connected: Connection Error: error returned from database: (code: 14) \
             unable to open database file"
        );
    }

    #[cfg(feature = "sqlx-postgres")]
    #[tokio::test]
    async fn unreachable_node_is_named_and_its_driver_error_kept() {
        let directory = temporary();
        let text = "
binds:
  default: sqlite://DIR/bakery.db?mode=rwc
  reports: postgres://user@127.0.0.1:1/reports
pool: { acquire_timeout: 200ms }
";
        let error = connect(&directory, text).await.unwrap_err();
        let ConnectError::Node { node, source, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(node, "reports.master");
        assert!(matches!(source, DbErr::Conn(_)), "{source:?}");
        let text = error.to_string();
        assert!(
            text.starts_with("node `reports.master` can't be connected: Connection Error: "),
            "{text}"
        );
        assert!(text.contains("Connection refused"), "{text}");
    }

    #[cfg(not(feature = "sqlx-postgres"))]
    #[tokio::test]
    async fn missing_driver_is_named_by_its_feature() {
        let directory = temporary();
        let text = "
binds:
  default: sqlite://DIR/bakery.db?mode=rwc
  reports: postgres://user:s3cret@127.0.0.1:1/reports
";
        let error = connect(&directory, text).await.unwrap_err();
        assert!(matches!(error, ConnectError::Driver { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "node `reports.master` needs feature `sqlx-postgres` of sea-orm-routing"
        );
    }

    #[cfg(not(feature = "sqlx-mysql"))]
    #[tokio::test]
    async fn missing_driver_of_either_scheme_is_named() {
        let directory = temporary();
        for scheme in ["mysql", "mariadb"] {
            let text = format!(
                "binds: {{default: '{scheme}://user:s3cret@127.0.0.1:1/x', reports: 'sqlite::memory:'}}"
            );
            let error = connect(&directory, &text).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "node `default.master` needs feature `sqlx-mysql` of sea-orm-routing"
            );
        }
    }
}

/// sqlx looks for the address with its brackets as for a name.
#[tokio::test]
async fn addresses_of_ipv6_are_no_names() {
    for scheme in ["postgres", "mysql"] {
        let pool = PoolConfig::new().acquire_timeout(std::time::Duration::from_millis(100));
        let bind = BindConfig::new("default", format!("{scheme}://app@[::1]:1/app"));
        let reports = BindConfig::new("reports", "sqlite::memory:");
        let config = BindsConfig::new().bind(bind).bind(reports).pool(pool);
        let error = RoutingDatabase::from_config(config).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("error communicating with database: ") && !text.contains("lookup"),
            "{text}"
        );
    }
}

mod passwords {
    use super::*;

    /// The password, as it is and as a URL may spell it.
    const SECRETS: [&str; 2] = ["s3cret", "s3%63ret"];

    #[track_caller]
    fn assert_no_secret(text: &str, context: &str) {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{context}: {text}");
        }
    }

    /// Everything that an application could print of the result.
    fn shown(result: Result<RoutingDatabase, ConnectError>) -> String {
        match result {
            Ok(db) => format!("{db:?} {db:#?} {} {:?}", db.status(), db.status()),
            Err(error) => {
                let text = format!("{error} {error:?} {error:#?} {}", chain(&error));
                let error = DbErr::from(error);
                format!("{text} {error} {error:?} {error:#?} {}", chain(&error))
            }
        }
    }

    /// Files whose passwords must stay theirs, with what they are a case of.
    const FILES: [(&str, &str); 9] = [
        (
            "no YAML",
            "binds: {default: 'postgres://user:s3cret@db/app'",
        ),
        (
            "unknown scheme",
            "binds: {default: 'oracle://user:s3cret@db/app'}",
        ),
        (
            "unreadable port",
            "binds: {default: 'postgres://user:s3cret@db:x/app'}",
        ),
        (
            "unescaped password",
            "binds: {default: 'postgres://user:s3cret/#@db/app'}",
        ),
        (
            "unknown key",
            "binds: {default: {master: 'sqlite::memory:', password: s3cret}}",
        ),
        (
            "unreachable PostgreSQL",
            "binds: {default: 'postgres://user:s3cret@127.0.0.1:1/app', reports: 'sqlite::memory:'}\npool: {acquire_timeout: 200ms}",
        ),
        (
            "unreachable MySQL",
            "binds: {default: 'mysql://user:s3%63ret@127.0.0.1:1/app', reports: 'sqlite::memory:'}\npool: {acquire_timeout: 200ms}",
        ),
        (
            "password in the query",
            "binds: {default: 'postgres://127.0.0.1:1/app?user=user&password=s3cret&sslmode=bad', reports: 'sqlite::memory:'}\npool: {acquire_timeout: 200ms}",
        ),
        (
            "option that SQLite does not know",
            "binds: {default: 'sqlite://DIR/a.db?key=s3cret', reports: 'sqlite::memory:'}",
        ),
    ];

    #[tokio::test]
    async fn no_error_holds_a_password() {
        for (case, text) in FILES {
            let directory = temporary();
            let result = connect(&directory, text).await;
            assert!(result.is_err(), "{case}");
            assert_no_secret(&shown(result), case);
        }
    }

    #[tokio::test]
    async fn no_log_line_holds_a_password() {
        for (case, text) in FILES {
            let directory = temporary();
            let (log, _guard) = Log::start(LevelFilter::TRACE);
            connect(&directory, text).await.unwrap_err();
            assert_no_secret(&log.text(), case);
        }
    }

    /// Letters, digits, and all that has a meaning in an address.
    fn secret() -> impl Strategy<Value = String> {
        "[a-z0-9/?#@:&=%+ \\[\\]\\\\;,.!$'\"<>{}|^`~*()_-]{0,6}"
            .prop_map(|text| format!("Zq7{text}xK9"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// What `config::tests::secrets` proves of texts holds of all that connecting logs and says, too.
        #[test]
        fn no_trace_of_connecting_holds_a_part_of_a_password(
            secret in secret(),
            scheme in prop::sample::select(vec!["postgres", "mysql", "mariadb"]),
            place in 0..7_usize,
        ) {
            let url = match place {
                0 => format!("{scheme}://app:{secret}@127.0.0.1:1/app"),
                1 => format!("{scheme}://app:12/{secret}@127.0.0.1:1/app"),
                2 => format!("{scheme}://127.0.0.1:1/app?password={secret}"),
                3 => format!("{scheme}://127.0.0.1:1/app?password=a&sslmode={secret}"),
                4 => format!("{scheme}://app:a@b{secret}@127.0.0.1:1/app"),
                5 => format!("{scheme}://127.0.0.1:1/app?password=a&{secret}"),
                _ => format!("sqlite://app:12/{secret}@127.0.0.1/app.db"),
            };
            let (log, _guard) = Log::start(LevelFilter::TRACE);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let connecting = async {
                let pool = PoolConfig::new().acquire_timeout(std::time::Duration::from_millis(20));
                let slave = NodeConfig::new("slave-1", url.as_str());
                let bind = BindConfig::new("default", url.as_str()).slave(slave);
                let reports = BindConfig::new("reports", "sqlite::memory:");
                RoutingDatabase::from_config(BindsConfig::new().bind(bind).bind(reports).pool(pool)).await
            };
            let said = shown(runtime.unwrap().block_on(connecting)) + &log.text();
            for part in [&secret[..3], &secret[secret.len() - 3..]] {
                prop_assert!(!said.contains(part), "{}\n{}", url, said);
            }
        }
    }

    /// What is asked of a database with a master that nobody reaches, and of one that runs, with this address.
    async fn said_of(url: &str, secret: &str, directory: &TempDir) -> String {
        use sea_orm_routing::{
            config::{FailoverConfig, Roles},
            credentials::{Credentials, NodeAddress},
        };

        let patience = std::time::Duration::from_millis(20);
        let pool = PoolConfig::new().acquire_timeout(patience);
        let mut said = String::new();
        let mut say = |text: String| said.push_str(&text);

        let file = directory.path().join("secret");
        std::fs::write(&file, format!("{url}\n")).unwrap();
        let yaml = format!(
            "binds: {{default: '${{file:{}}}', reports: 'sqlite::memory:'}}",
            file.display()
        );
        let read = connect(
            directory,
            &format!("{yaml}\npool: {{acquire_timeout: 20ms}}"),
        )
        .await;
        say(shown(read));

        let asked = Arc::new(Mutex::new(String::new()));
        let mut config = BindsConfig::new();
        // With fixed roles its making fails, and without it runs in vain.
        for roles in [Roles::Fixed, Roles::Discover] {
            let failover = FailoverConfig::new().roles(roles).hold_writes(patience);
            let bind = BindConfig::new("default", url)
                .slave(NodeConfig::new("slave-1", url))
                .failover(failover)
                .pool(pool.clone());
            // Entities of these tests have its key.
            let reports = BindConfig::new("reports", "sqlite::memory:");
            config = BindsConfig::new().bind(bind).bind(reports);
            let (given, asked) = (secret.to_owned(), asked.clone());
            let provider = move |node: NodeAddress| {
                let credentials = Credentials::new(given.clone()).user(format!("{given}:{given}"));
                asked
                    .lock()
                    .unwrap()
                    .push_str(&format!("{node:?} {credentials:?}"));
                async { Ok::<_, std::io::Error>(credentials) }
            };
            let builder = RoutingDatabase::builder().credentials(provider);
            match builder.from_config(config.clone()).await {
                Ok(db) => {
                    for sql in ["SELECT 1", "INSERT INTO cake (id) VALUES (1)"] {
                        if let Err(error) = db.execute_unprepared(sql).await {
                            say(format!("{error} {error:?} {error:#?} {}", chain(&error)));
                        }
                    }
                    say(shown(Ok(db.clone())));
                    db.close().await.ok();
                }
                error => say(shown(error)),
            }
        }
        say(asked.lock().unwrap().clone());

        let running = connect(directory, BAKERY).await.unwrap();
        let added = running.add_slave("default", NodeConfig::new("slave-9", url));
        say(shown(added.await.map(|()| running.clone())));
        say(shown(running.reload(config).await.map(|_| running.clone())));
        say(shown(
            running
                .add_bind(BindConfig::new("more", url).pool(pool))
                .await
                .map(|()| running.clone()),
        ));
        running.close().await.ok();
        said
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Files that hold an address, databases that run without their servers, changes of the topology, and providers.
        #[test]
        fn nothing_that_runs_tells_a_part_of_a_password(
            secret in secret(),
            scheme in prop::sample::select(vec!["postgres", "postgresql", "mysql", "mariadb"]),
            place in 0..12_usize,
        ) {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

            // There, what follows an `@` is the host.
            prop_assume!(place != 10 || !secret.contains('@'));
            let encoded = utf8_percent_encode(&secret, NON_ALPHANUMERIC);
            let url = match place {
                0 => format!("{scheme}://app:{secret}@127.0.0.1:1/app"),
                1 => format!("{scheme}://app:12/{secret}@127.0.0.1:1/app"),
                2 => format!("{scheme}://app:{encoded}@127.0.0.1:1/app"),
                3 => format!("{scheme}://app%3A{encoded}@127.0.0.1:1/app"),
                4 => format!("{scheme}://127.0.0.1:1/app?password={encoded}"),
                5 => format!("{scheme}://127.0.0.1:1/app?sslpassword={encoded}"),
                6 => format!("{scheme}://127.0.0.1:1/app?options=-c%20a%3D{encoded}"),
                7 => format!("{scheme}://app:{encoded}@127.0.0.1:x/app"),
                8 => format!("{scheme}://app:%zz{secret}@127.0.0.1:1/app"),
                9 => format!("{scheme}:/app:{secret}@127.0.0.1:1/app"),
                10 => format!("{scheme}://app:{secret}"),
                _ => format!("{scheme}://app:{encoded}@[::1]:1/app?ssl-mode=disabled&password={encoded}"),
            };
            let (log, _guard) = Log::start(LevelFilter::TRACE);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let directory = temporary();
            let said = runtime.unwrap().block_on(said_of(&url, &secret, &directory)) + &log.text();
            for part in [&secret[..3], &secret[secret.len() - 3..]] {
                let found = said.find(part).map(|at| said[..at + 3].lines().last().unwrap_or_default().to_owned());
                prop_assert!(found.is_none(), "{}\n{:?}", url, found);
            }
        }
    }

    #[tokio::test]
    async fn what_was_opened_is_said_in_one_line() {
        let directory = temporary();
        let (log, _guard) = Log::start(LevelFilter::INFO);
        connect(&directory, BAKERY).await.unwrap();
        let text = log.text();
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.contains("are open"))
            .collect();
        assert_eq!(lines.len(), 1, "{text}");
        let expected = "default: master, slave-1, slave-2 of weight 2, consistency session; reports: master, slave-1, consistency session";
        assert!(lines[0].contains(expected), "{text}");
    }

    #[tokio::test]
    async fn no_debug_output_of_what_runs_holds_a_password() {
        let directory = temporary();
        let (log, _guard) = Log::start(LevelFilter::DEBUG);
        let db = bakery(
            &directory,
            "routing: { echo: true }\npool: { statement_log: debug }",
        )
        .await;
        add_bakery(&db, "s3cret").await;
        let builder = RoutingDatabase::builder().connect(write(&directory, BAKERY));
        assert_no_secret(&shown(builder.await), "builder");
        assert_no_secret(&shown(Ok(db)), "database");
        let config = BindsConfig::new().bind(
            BindConfig::new("default", "postgres://user:s3cret@db/app?password=s3cret")
                .slave(NodeConfig::new("slave-1", "mysql://user:s3%63ret@db/app")),
        );
        assert_no_secret(&format!("{config:?} {config:#?}"), "configuration");
        let found = log.text();
        assert!(found.contains("INSERT INTO"), "{found}");
        assert_no_secret(&found, "log");
    }

    #[test]
    fn log_sees_both_kinds_of_log_lines_and_spans() {
        let (log, _guard) = Log::start(LevelFilter::TRACE);
        log::debug!("by log");
        tracing::trace!(field = "by tracing", "message");
        tracing::info_span!("span", field = "by span");
        let text = log.text();
        for part in ["by log", "by tracing", "by span"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

/// Everything that is logged on this thread, by `tracing` and by `log`, and the fields of spans.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn start(level: LevelFilter) -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::registry().with(log.clone().with_filter(level));
        (log, subscriber.set_default())
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn line(&self, level: Level, target: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(format!("{level} {target}"));
        record(&mut line);
        let mut text = self.0.lock().unwrap();
        text.push_str(&line.0);
        text.push('\n');
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(&format!(" {}={value}", field.name()));
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        self.line(*metadata.level(), metadata.target(), |line| {
            event.record(line)
        });
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        self.line(*metadata.level(), metadata.target(), |line| {
            attributes.record(line)
        });
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        self.line(Level::TRACE, "record", |line| values.record(line));
    }
}
