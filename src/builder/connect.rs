//! Opens the pools of a configured bind.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};

use super::BindBuilder;
use crate::{
    config::{BindConfig, BindsConfig, DatabaseUrl, NodeConfig, PoolConfig, Scheme},
    error::ConnectError,
    node::Role,
};

/// sqlx's 30 s is far too long to discover a dead slave.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// A ping on every acquire costs a round trip per statement; after so long idle it is worth it.
const PING_AFTER_IDLE: Duration = Duration::from_secs(30);

/// How long a writer of a SQLite file waits for another process's write.
#[cfg(feature = "sqlx-sqlite")]
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the master, which may have to create what the slaves read, and then the slaves.
pub(super) async fn connect_bind(
    config: &BindsConfig,
    bind: &BindConfig,
) -> Result<BindBuilder, ConnectError> {
    let open = |node, role| open(config, bind, node, role);
    let mut open_bind = BindBuilder::new(&bind.name, open(&bind.master, Role::Master).await?)
        .tables(bind.tables.iter().cloned());
    open_bind.balance = bind.balance;
    for slave in &bind.slaves {
        let connection = open(slave, Role::Slave).await?;
        open_bind = open_bind.weighted_slave(&slave.name, connection, slave.weight);
    }
    Ok(open_bind)
}

async fn open(
    config: &BindsConfig,
    bind: &BindConfig,
    node: &NodeConfig,
    role: Role,
) -> Result<DatabaseConnection, ConnectError> {
    let key = format!("{}.{}", bind.name, node.name);
    let pool = config.effective_pool(bind, node);
    let mut options = options(&node.url, &pool);
    match node.url.backend() {
        Some(Scheme::Sqlite) => {
            let own = node.pool.max_connections.or(bind.pool.max_connections);
            sqlite(&mut options, role, own, &key, &node.url)?;
        }
        Some(Scheme::Postgres) => postgres(&mut options, role, &pool, &key)?,
        Some(Scheme::MySql) => mysql(&mut options, role, &key)?,
        None => {}
    }
    Database::connect(options)
        .await
        .map_err(|source| ConnectError::Node {
            node: key,
            source: without_password(source, &node.url),
        })
}

fn options(url: &DatabaseUrl, pool: &PoolConfig) -> ConnectOptions {
    let mut options = ConnectOptions::new(driver_url(url));
    options
        .acquire_timeout(
            pool.acquire_timeout
                .or(pool.connect_timeout)
                .unwrap_or(ACQUIRE_TIMEOUT),
        )
        .test_before_acquire_if_idle_for(PING_AFTER_IDLE)
        .sqlx_logging(pool.statement_log.is_some());
    if let Some(level) = pool.statement_log {
        options.sqlx_logging_level(level);
    }
    if let Some(connections) = pool.max_connections {
        options.max_connections(connections);
    }
    if let Some(connections) = pool.min_connections {
        options.min_connections(connections);
    }
    if let Some(timeout) = pool.idle_timeout {
        options.idle_timeout(timeout);
    }
    if let Some(lifetime) = pool.max_lifetime {
        options.max_lifetime(lifetime);
    }
    options
}

/// The URL as SeaORM's drivers spell its scheme.
fn driver_url(url: &DatabaseUrl) -> String {
    let text = url.expose();
    match text.split_once(':') {
        Some(("postgresql", rest)) => format!("postgres:{rest}"),
        Some(("mariadb", rest)) => format!("mysql:{rest}"),
        _ => text.to_owned(),
    }
}

/// One writer with WAL, so that readers are never blocked; slaves that can't write.
#[cfg(feature = "sqlx-sqlite")]
fn sqlite(
    options: &mut ConnectOptions,
    role: Role,
    own_connections: Option<u32>,
    key: &str,
    url: &DatabaseUrl,
) -> Result<(), ConnectError> {
    use sea_orm::sqlx::sqlite::SqliteJournalMode;

    match role {
        Role::Master => {
            create_directory(key, url)?;
            options.max_connections(own_connections.unwrap_or(1));
            options.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .busy_timeout(SQLITE_BUSY_TIMEOUT)
                    .journal_mode(SqliteJournalMode::Wal)
            });
        }
        Role::Slave => {
            options.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .busy_timeout(SQLITE_BUSY_TIMEOUT)
                    .create_if_missing(false)
                    .read_only(true)
                    .pragma("query_only", "on")
            });
        }
    }
    Ok(())
}

/// Creates the directory of a file that SQLite itself would create.
#[cfg(feature = "sqlx-sqlite")]
fn create_directory(key: &str, url: &DatabaseUrl) -> Result<(), ConnectError> {
    use std::str::FromStr;

    use sea_orm::sqlx::sqlite::SqliteConnectOptions;

    let Ok(sqlite) = SqliteConnectOptions::from_str(url.expose()) else {
        return Ok(());
    };
    let Some(directory) = sqlite.get_filename().parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(directory).map_err(|source| ConnectError::Directory {
        node: key.to_owned(),
        directory: directory.display().to_string(),
        source: std::sync::Arc::new(source),
    })
}

/// Every session of a slave is read-only by the server's own means, whatever the URL points at.
///
/// sqlx has one hook per new connection and SeaORM uses it for the search path, so both are set here. They are
/// set after connecting and not in the start-up packet, because PgBouncer refuses options there.
#[cfg(feature = "sqlx-postgres")]
fn postgres(
    options: &mut ConnectOptions,
    role: Role,
    pool: &PoolConfig,
    _key: &str,
) -> Result<(), ConnectError> {
    if let Some(name) = &pool.application_name {
        options.set_application_name(name.clone());
    }
    let mut settings = Vec::new();
    if role == Role::Slave {
        settings.push("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY".to_owned());
    }
    if let Some(timeout) = pool.statement_timeout {
        settings.push(format!("SET statement_timeout = {}", timeout.as_millis()));
    }
    if let Some(path) = &pool.schema_search_path {
        settings.push(format!("SET search_path = {}", quoted_schemas(path)));
    }
    let settings = settings.join("; ");
    if !settings.is_empty() {
        options.map_sqlx_postgres_pool_opts(move |postgres| {
            let settings = settings.clone();
            postgres.after_connect(move |connection, _| {
                let settings = sea_orm::sqlx::AssertSqlSafe(settings.clone());
                Box::pin(async move {
                    sea_orm::sqlx::Executor::execute(connection, settings)
                        .await
                        .map(drop)
                })
            })
        });
    }
    Ok(())
}

/// `app, public` → `"app", "public"`, with what is quoted left as it is.
#[cfg(feature = "sqlx-postgres")]
fn quoted_schemas(path: &str) -> String {
    let quoted = |schema: &str| match schema.trim() {
        schema if schema.starts_with('"') => schema.to_owned(),
        schema => format!("\"{}\"", schema.replace('"', "\"\"")),
    };
    path.split(',').map(quoted).collect::<Vec<_>>().join(", ")
}

#[cfg(feature = "sqlx-mysql")]
fn mysql(options: &mut ConnectOptions, role: Role, _key: &str) -> Result<(), ConnectError> {
    if role == Role::Slave {
        options.map_sqlx_mysql_pool_opts(|mysql| {
            mysql.after_connect(|connection, _| {
                Box::pin(async move {
                    let read_only = "SET SESSION TRANSACTION READ ONLY";
                    sea_orm::sqlx::Executor::execute(connection, read_only)
                        .await
                        .map(drop)
                })
            })
        });
    }
    Ok(())
}

#[cfg(not(feature = "sqlx-sqlite"))]
fn sqlite(
    _: &mut ConnectOptions,
    _: Role,
    _: Option<u32>,
    key: &str,
    _: &DatabaseUrl,
) -> Result<(), ConnectError> {
    Err(missing_driver(key, "sqlx-sqlite"))
}

#[cfg(not(feature = "sqlx-postgres"))]
fn postgres(
    _: &mut ConnectOptions,
    _: Role,
    _: &PoolConfig,
    key: &str,
) -> Result<(), ConnectError> {
    Err(missing_driver(key, "sqlx-postgres"))
}

#[cfg(not(feature = "sqlx-mysql"))]
fn mysql(_: &mut ConnectOptions, _: Role, key: &str) -> Result<(), ConnectError> {
    Err(missing_driver(key, "sqlx-mysql"))
}

#[cfg(not(all(
    feature = "sqlx-sqlite",
    feature = "sqlx-postgres",
    feature = "sqlx-mysql"
)))]
fn missing_driver(key: &str, feature: &'static str) -> ConnectError {
    ConnectError::Driver {
        node: key.to_owned(),
        feature,
    }
}

/// SeaORM quotes the whole connection string in some of its errors.
fn without_password(error: DbErr, url: &DatabaseUrl) -> DbErr {
    match error {
        DbErr::Conn(RuntimeErr::Internal(message)) => {
            let message = message
                .replace(&driver_url(url), &url.to_string())
                .replace(url.expose(), &url.to_string());
            DbErr::Conn(RuntimeErr::Internal(message))
        }
        other => other,
    }
}
