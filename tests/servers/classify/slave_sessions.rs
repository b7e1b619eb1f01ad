//! What is split over slaves, run there in the sessions that a handle opened: no slave refuses it, and nothing of it stays.

use std::{fs, path::Path};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase,
    classify::{Functions, classify},
    config::{BindConfig, NodeConfig, PoolConfig},
};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Server, until};
use tokio::time::timeout;

use super::{
    mysql_family::MOVING,
    statements::{set_up, statements},
    witness::{LONGEST, connect, rows},
};
use crate::support::{SOON, served};

/// What a slave says of its sessions.
struct Question {
    /// Asked in the session itself, as the slave has only one.
    of_session: &'static [&'static str],
    /// Asked by its administrator.
    of_server: &'static [&'static str],
}

const POSTGRES: Question = Question {
    // No slave lets anyone listen.
    of_session: &[
        "SELECT md5(string_agg(name || setting, ',' ORDER BY name)), (SELECT count(*)::text FROM pg_prepared_statements WHERE from_sql) FROM pg_settings",
        "SELECT (SELECT count(*)::text FROM pg_cursors WHERE name <> ''), ''",
        "SELECT pg_my_temp_schema()::text, current_user::text || session_user::text",
        "SELECT last_value::text, is_called::text FROM cake_seq",
    ],
    of_server: &[
        "SELECT 'locks', count(*)::text FROM pg_locks WHERE locktype = 'advisory'",
        "SELECT 'open', count(*)::text FROM pg_stat_activity WHERE usename = 'app' AND state LIKE 'idle in transaction%'",
    ],
};

/// What a session has done that would stay with it: statements and cursors that it keeps, tables that it locks or makes.
const DONE_OF_MYSQL: &str = "SHOW SESSION STATUS WHERE variable_name IN ('Com_prepare_sql', 'Com_ha_open', 'Com_lock_tables', \
    'Com_create_table', 'Com_begin', 'Com_savepoint', 'Com_xa_start')";

const MARIADB: Question = Question {
    of_session: &[
        "SHOW SESSION VARIABLES",
        "SELECT variable_name, variable_value FROM information_schema.user_variables",
        "SELECT 'open', CAST(@@in_transaction AS CHAR)",
        DONE_OF_MYSQL,
        "SELECT 'temporary', CAST(count(*) AS CHAR) FROM information_schema.tables WHERE table_type = 'TEMPORARY'",
    ],
    // It has no table of them.
    of_server: &[
        "SELECT 'locks', CONCAT(IS_FREE_LOCK('a'), IS_FREE_LOCK('x'), IS_FREE_LOCK('y'), IS_FREE_LOCK('cake'), IS_FREE_LOCK('lock'))",
    ],
};

const MYSQL: Question = Question {
    of_session: &["SHOW SESSION VARIABLES", DONE_OF_MYSQL],
    of_server: &[
        "SELECT 'open', CAST(count(*) AS CHAR) FROM information_schema.innodb_trx",
        "SELECT 'temporary', CAST(count(*) AS CHAR) FROM information_schema.innodb_temp_table_info",
        "SELECT CONVERT(variable_name USING utf8mb4), CONVERT(variable_value USING utf8mb4) FROM performance_schema.user_variables_by_thread",
        "SELECT object_name, owner_thread_id FROM performance_schema.metadata_locks WHERE object_type = 'USER LEVEL LOCK'",
        "SELECT statement_name, owner_thread_id FROM performance_schema.prepared_statements_instances WHERE statement_name IS NOT NULL",
    ],
};

/// All rows of some questions, but for the settings that move by themselves.
async fn answers(connection: &impl ConnectionTrait, questions: &[&str]) -> String {
    let mut said = String::new();
    for sql in questions {
        let statement = Statement::from_string(connection.get_database_backend(), *sql);
        let rows = match connection.query_all_raw(statement).await {
            Ok(rows) => rows,
            Err(error) => return format!("no session: {error}"),
        };
        for row in rows {
            let text = |at: usize| row.try_get_by_index::<String>(at).unwrap_or_default();
            if !MOVING.iter().any(|moving| text(0).contains(moving)) {
                said.push_str(&format!("{} {}\n", text(0), text(1)));
            }
        }
    }
    said
}

/// Ends the application's sessions at a server of MySQL's family.
async fn end_sessions(admin: &DatabaseConnection) {
    let sessions =
        "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE user = 'app'";
    for session in rows(admin, sessions).await.unwrap() {
        let id: u64 = session.try_get_by_index(0).unwrap();
        // It may have ended meanwhile.
        drop(admin.execute_unprepared(&format!("KILL {id}")).await);
    }
}

/// The names of all files below a directory that are no tables' own.
fn files(directory: &Path) -> String {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let name = entry.file_name().display().to_string();
        if !entry.path().is_dir()
            && !["log", ".0", "ib", "pid"]
                .iter()
                .any(|own| name.contains(own))
        {
            names.push(name);
        }
    }
    names.sort();
    names.join(" ")
}

async fn reads_stay_nowhere<S: Server>(backend: DbBackend, question: Question) {
    let name = match backend {
        DbBackend::Postgres => "postgres",
        _ => "mysql",
    };
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let (master, slave) = (cluster.master(), cluster.slave(1));
    let admin = connect(&master.admin_url()).await;
    let maker = connect(&master.url()).await;
    for file in ["setup.sql", "tables.setup.sql"] {
        for statement in set_up(&format!("{name}.{file}")) {
            // Some of it is an administrator's: databases, extensions, publications.
            if maker.execute_unprepared(&statement).await.is_err() {
                admin.execute_unprepared(&statement).await.unwrap();
                if let Some(other) = statement.strip_prefix("CREATE DATABASE ") {
                    let grant = format!(
                        "GRANT ALL PRIVILEGES ON {}.* TO app@'127.0.0.1'",
                        other.trim_end_matches(';')
                    );
                    admin.execute_unprepared(&grant).await.unwrap();
                }
            }
        }
    }
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let one = NodeConfig::new("slave-1", slave.url()).pool(
        PoolConfig::new()
            .max_connections(1)
            .acquire_timeout(LONGEST),
    );
    let bind = BindConfig::new("default", master.url()).slave(one);
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    let pinned = db.bind("slave-1").unwrap();
    let watcher = connect(&slave.admin_url()).await;
    until("a read of the slave", SOON, || async {
        let plain = Statement::from_string(backend, "SELECT 1");
        let (_, by) = served(&db, db.query_all_raw(plain)).await;
        Ok((by == "default.slave 1r").then_some(()))
    })
    .await
    .unwrap();

    let data = slave.directory().join("data");
    let state = async || {
        let session = answers(&pinned, question.of_session).await;
        format!(
            "{session}{}{}",
            answers(&watcher, question.of_server).await,
            files(&data)
        )
    };
    let (mut wrong, mut answered) = (Vec::new(), 0);
    let mut before = state().await;
    for sql in ["cases", "tables.sql"]
        .iter()
        .flat_map(|file| statements(&format!("{name}.{file}")))
    {
        let statement = Statement::from_string(backend, &sql);
        let is_split = classify(backend, &sql, &Functions::builtin()).is_read()
            && db
                .route(&statement)
                .is_ok_and(|route| route.role == Role::Slave);
        // A parameter without a value waits on MySQL for one.
        if !is_split || backend == DbBackend::MySql && sql.contains('?') {
            continue;
        }
        let (ran, by) = served(&db, timeout(LONGEST, db.query_all_raw(statement))).await;
        let after = state().await;
        if ran.is_err() || after.starts_with("no session") {
            // The pool's only session waits for the end of a text that has none: `SELECT sleep(100)`.
            println!("{}: does not end: {sql}, {after}", S::NAME);
            end_sessions(&watcher).await;
            before = state().await;
            continue;
        }
        if before != after {
            let lines = before
                .lines()
                .zip(after.lines())
                .filter(|(before, after)| before != after);
            wrong.push(format!("{sql}: {:?}", lines.collect::<Vec<_>>()));
        }
        before = after;
        if let Ok(Ok(_)) = ran {
            answered += 1;
            if by != "default.slave 1r" {
                wrong.push(format!("{sql}: served by {by}"));
            }
        }
    }
    println!(
        "{}: {answered} split reads ran in a slave's session",
        S::NAME
    );
    assert!(wrong.is_empty(), "{}:\n{}", S::NAME, wrong.join("\n"));
    assert!(answered >= 150, "{} answered only {answered}", S::NAME);
    db.close().await.unwrap();
}

#[tokio::test]
async fn split_reads_leave_a_postgres_slave_session_as_it_was() {
    reads_stay_nowhere::<Postgres>(DbBackend::Postgres, POSTGRES).await;
}

#[tokio::test]
async fn split_reads_leave_a_mariadb_slave_session_as_it_was() {
    reads_stay_nowhere::<MariaDb>(DbBackend::MySql, MARIADB).await;
}

#[tokio::test]
async fn split_reads_leave_a_mysql_slave_session_as_it_was() {
    reads_stay_nowhere::<MySql>(DbBackend::MySql, MYSQL).await;
}
