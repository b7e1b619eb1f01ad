use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};

#[cfg(feature = "sqlx-postgres")]
use super::pool;

/// Has a pool open a connection, if it has none that is free.
///
/// # Errors
/// What a statement would meet that gets no connection.
pub(crate) async fn open_one(connection: &DatabaseConnection) -> Result<(), DbErr> {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            pool::open_one(connection.get_postgres_connection_pool()).await
        }
        _ => Ok(()),
    }
}

/// Whether a statement may need a new connection to a server, and get none: those that are idle may have ended.
pub(crate) fn may_wait(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => true,
        #[cfg(feature = "sqlx-mysql")]
        sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => true,
        _ => false,
    }
}

/// How long the pool lets a statement wait for a connection.
pub(crate) fn patience(connection: &DatabaseConnection) -> Duration {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            pool.options().get_acquire_timeout()
        }
        #[cfg(feature = "sqlx-mysql")]
        sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            pool.options().get_acquire_timeout()
        }
        _ => Duration::ZERO,
    }
}
