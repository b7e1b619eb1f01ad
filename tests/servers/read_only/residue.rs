//! What a session holds that another one would not.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use test_cluster::{Admin, MariaDb, MySql, Postgres};

use super::answer::{answer, first};
use crate::replicated::Turns;

pub(super) trait Residue: Turns {
    /// What the administrator finds where nothing has stayed.
    const NOTHING: &'static str;

    /// What is found on the connection of the pool.
    async fn on_connection(slave: &DatabaseConnection) -> String;

    /// What the administrator finds on the server.
    async fn on_server(admin: &Admin) -> String;
}

async fn rows(on: &impl ConnectionTrait, sql: &str) -> Vec<[String; 2]> {
    let statement = Statement::from_string(on.get_database_backend(), sql);
    let rows = on.query_all_raw(statement).await.unwrap();
    let text =
        |row: &sea_orm::QueryResult, at| row.try_get_by_index::<String>(at).unwrap_or_default();
    rows.iter()
        .map(|row| [text(row, 0), text(row, 1)])
        .collect()
}

impl Residue for Postgres {
    const NOTHING: &'static str = "0";

    async fn on_connection(slave: &DatabaseConnection) -> String {
        let mut found = Vec::new();
        for sql in [
            "SELECT string_agg(objid::text, ',') FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
            "SELECT string_agg(name, ',') FROM pg_cursors",
            "SELECT string_agg(name || '=' || setting, ',' ORDER BY name) FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction%'",
            "SELECT string_agg(statement, ',') FROM pg_prepared_statements WHERE from_sql",
            "SELECT current_setting('app.tenant', true)",
            "SELECT current_user::text || session_user::text",
            "SELECT count(*)::text FROM pg_class WHERE relpersistence = 't'",
        ] {
            found.push(first(slave, sql).await.unwrap_or_default());
        }
        found.join(" | ")
    }

    async fn on_server(admin: &Admin) -> String {
        let locks = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'";
        admin.value::<String>(locks).await.unwrap().unwrap()
    }
}

/// What differs from one moment to the next.
const PASSING: [&str; 7] = [
    "statement_id",
    "timestamp",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "error_count",
    "warning_count",
];

async fn on_connection_of_mysql(slave: &DatabaseConnection) -> String {
    let variables = rows(slave, "SHOW SESSION VARIABLES").await;
    let settings = variables.into_iter().filter_map(|[name, value]| {
        let passes = PASSING.contains(&name.as_str()) || name.starts_with("gtid");
        (!passes).then(|| format!("{name}={value}"))
    });
    let mut found: Vec<String> = settings.collect();
    found.push(answer(slave, "SELECT count(*) FROM mine").await);
    found.join("\n")
}

async fn locks_of_mysql(admin: &Admin) -> String {
    let mut found = String::new();
    for lock in ["a", "b", "c", "d", "e", "f", "kept"] {
        let sql = format!("SELECT CAST(IS_USED_LOCK('{lock}') AS CHAR)");
        found += &admin
            .value::<String>(&sql)
            .await
            .unwrap()
            .unwrap_or_default();
    }
    found
}

impl Residue for MySql {
    const NOTHING: &'static str = "";

    async fn on_connection(slave: &DatabaseConnection) -> String {
        on_connection_of_mysql(slave).await
    }

    async fn on_server(admin: &Admin) -> String {
        let variables = "SELECT GROUP_CONCAT(variable_name) FROM performance_schema.user_variables_by_thread \
                         JOIN performance_schema.threads USING (thread_id) WHERE processlist_user = 'app'";
        let variables = admin.value::<String>(variables).await.unwrap();
        locks_of_mysql(admin).await + &variables.unwrap_or_default()
    }
}

impl Residue for MariaDb {
    const NOTHING: &'static str = "";

    async fn on_connection(slave: &DatabaseConnection) -> String {
        let variables = rows(
            slave,
            "SELECT variable_name, variable_value FROM information_schema.user_variables",
        )
        .await;
        format!("{variables:?}\n{}", on_connection_of_mysql(slave).await)
    }

    async fn on_server(admin: &Admin) -> String {
        locks_of_mysql(admin).await
    }
}
