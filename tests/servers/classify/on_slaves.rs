//! The case tables of the classifier, run on real slaves: what a slave refuses as a write is never called a read.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr,
    Statement, sqlx,
};
use sea_orm_routing::classify::{Functions, classify};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Server};
use tokio::time::timeout;

use crate::support::SOON;

/// A statement that waits longer was not going to be refused.
const LONGEST: Duration = Duration::from_secs(2);

/// The statements of a case table: records of a header line and a statement, separated by empty lines.
fn statements(table: &str) -> Vec<&str> {
    let records = table.split("\n\n").filter_map(|record| {
        let record = record.trim_matches('\n');
        let record = match record.starts_with("# ") {
            true => record.split_once('\n')?.1,
            false => record,
        };
        record.split_once('\n').map(|(_, sql)| sql)
    });
    records.collect()
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// PostgreSQL's 25006, MySQL's and MariaDB's 1290, 1792 and 1836, SQLite's 8 and its kin.
fn is_refusal(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let Some(error) = error.as_database_error() else {
        return false;
    };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return [1290, 1792, 1836].contains(&error.number());
    }
    let code = error.code().unwrap_or_default();
    let sqlite = error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some();
    code == "25006" || (sqlite && code.parse::<u32>().is_ok_and(|code| code & 0xff == 8))
}

#[derive(Default)]
struct Tally {
    answered: usize,
    answered_and_read: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Runs each statement in a session of its own, opened by `session` as the router opens a slave's.
    async fn run(
        backend: DbBackend,
        table: &str,
        session: impl AsyncFn() -> DatabaseConnection,
    ) -> Self {
        let mut tally = Self::default();
        let functions = Functions::builtin();
        let mut slave = session().await;
        for sql in statements(table) {
            let is_read = classify(backend, sql, &functions).is_read();
            let outcome = timeout(
                LONGEST,
                slave.query_all_raw(Statement::from_string(backend, sql)),
            )
            .await;
            let outcome_is_open = outcome.is_err();
            match outcome {
                Ok(Err(error)) if is_refusal(&error) => {
                    tally.refused += 1;
                    if is_read {
                        tally.wrong.push(format!("{sql}\n    {error}"));
                    }
                }
                Ok(Ok(_)) => {
                    tally.answered += 1;
                    tally.answered_and_read += usize::from(is_read);
                }
                _ => {}
            }
            if !is_read || outcome_is_open {
                // Not closed: a statement that still waits would be waited for.
                slave = session().await;
            }
        }
        tally
    }

    fn check(self, server: &str) {
        println!(
            "{server}: a slave refused {} statements and answered {}, of which {} are called reads",
            self.refused, self.answered, self.answered_and_read
        );
        assert!(self.refused >= 50, "{server} refused only {}", self.refused);
        assert!(
            self.answered_and_read >= 100,
            "{server} read only {}",
            self.answered_and_read
        );
        assert!(
            self.wrong.is_empty(),
            "called reads and refused:\n{}",
            self.wrong.join("\n")
        );
    }
}

async fn on_server<S: Server>(
    backend: DbBackend,
    setup: &str,
    table: &str,
    read_only: &'static str,
) -> Tally {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let database = cluster.database("cases").await.unwrap();
    let admin = cluster.master().admin().await.unwrap();
    let master = connect(&database.url(cluster.master())).await;
    for statement in setup.lines() {
        // What only an administrator may do on MariaDB and MySQL.
        match statement.strip_prefix("CREATE DATABASE ") {
            Some(other) => {
                admin.execute(statement).await.unwrap();
                let name = other.trim_end_matches(';');
                let grant = format!("GRANT ALL PRIVILEGES ON {name}.* TO app@'127.0.0.1'");
                admin.execute(&grant).await.unwrap();
            }
            None => drop(master.execute_unprepared(statement).await.unwrap()),
        }
    }
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let url = database.url(cluster.slave(1));
    Tally::run(backend, table, async || {
        let slave = connect(&url).await;
        slave.execute_unprepared(read_only).await.unwrap();
        slave
    })
    .await
}

#[tokio::test]
async fn no_read_of_the_table_is_refused_by_a_postgres_slave() {
    let tally = on_server::<Postgres>(
        DbBackend::Postgres,
        include_str!("../../classify/postgres.setup.sql"),
        include_str!("../../classify/postgres.cases"),
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    );
    tally.await.check("PostgreSQL");
}

#[tokio::test]
async fn no_read_of_the_table_is_refused_by_a_mariadb_slave() {
    let tally = on_server::<MariaDb>(
        DbBackend::MySql,
        include_str!("../../classify/mysql.setup.sql"),
        include_str!("../../classify/mysql.cases"),
        "SET SESSION TRANSACTION READ ONLY",
    );
    tally.await.check("MariaDB");
}

#[tokio::test]
async fn no_read_of_the_table_is_refused_by_a_mysql_slave() {
    let tally = on_server::<MySql>(
        DbBackend::MySql,
        include_str!("../../classify/mysql.setup.sql"),
        include_str!("../../classify/mysql.cases"),
        "SET SESSION TRANSACTION READ ONLY",
    );
    tally.await.check("MySQL");
}

#[tokio::test]
async fn no_read_of_the_table_is_refused_by_a_read_only_sqlite_connection() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cases.db").display().to_string();
    let master = connect(&format!("sqlite://{file}?mode=rwc")).await;
    for statement in include_str!("../../classify/sqlite.setup.sql").lines() {
        master.execute_unprepared(statement).await.unwrap();
    }
    let table = include_str!("../../classify/sqlite.cases");
    let tally = Tally::run(DbBackend::Sqlite, table, async || {
        let slave = connect(&format!("sqlite://{file}?mode=ro")).await;
        slave
            .execute_unprepared("PRAGMA query_only = on")
            .await
            .unwrap();
        slave
    });
    tally.await.check("SQLite");
}
