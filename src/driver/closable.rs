//! Connections of a pool that can be closed without losing anything, while the pool stays.

use sea_orm::DatabaseConnection;
#[cfg(feature = "_driver")]
use sea_orm::{
    DatabaseConnectionType,
    sqlx::{Database, Pool},
};

/// Connections that are open, those among them that are just being opened or closed.
pub(crate) fn size(connection: &DatabaseConnection) -> u32 {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            connection.get_postgres_connection_pool().size()
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            connection.get_mysql_connection_pool().size()
        }
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            connection.get_sqlite_connection_pool().size()
        }
        _ => 0,
    }
}

/// Whether one waits for work that can be closed: what is in memory alone would be lost.
pub(crate) fn has_closable(connection: &DatabaseConnection) -> bool {
    super::has_idle(connection) && size(connection) > 0 && is_elsewhere(connection)
}

/// Whether the database is still there without its connections.
fn is_elsewhere(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            let options = connection.get_sqlite_connection_pool().connect_options();
            options.get_filename().is_file()
        }
        _ => true,
    }
}

/// Closes one that waits for work; true if there was one.
///
/// Cancel safe: then it is closed without a farewell.
pub(crate) async fn close_one_idle(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            close_one(connection.get_postgres_connection_pool()).await
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            close_one(connection.get_mysql_connection_pool()).await
        }
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            close_one(connection.get_sqlite_connection_pool()).await
        }
        _ => false,
    }
}

#[cfg(feature = "_driver")]
async fn close_one<DB: Database>(pool: &Pool<DB>) -> bool {
    /// How long the farewell to a server may take.
    const FAREWELL: std::time::Duration = std::time::Duration::from_millis(500);
    let Some(idle) = pool.try_acquire() else {
        return false;
    };
    // It may be broken, or its server silent: then it is gone as well.
    let _ = tokio::time::timeout(FAREWELL, idle.close()).await;
    true
}

/// Closes those that wait for work now and can be closed.
pub(crate) async fn close_all_idle(connection: &DatabaseConnection) {
    for _ in 0..size(connection) {
        if !has_closable(connection) || !close_one_idle(connection).await {
            return;
        }
    }
}
