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

/// Whether the pool of a server may open one more connection than it has: a statement may get none, though others are idle now.
pub(crate) fn may_grow(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            pool.size() < pool.options().get_max_connections()
        }
        #[cfg(feature = "sqlx-mysql")]
        sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            pool.size() < pool.options().get_max_connections()
        }
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
