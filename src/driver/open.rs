use std::time::Duration;

#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
use sea_orm::sqlx::{Database, Pool};
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

/// Whether a statement may have to wait for a new connection to a server, and get none: others may take those that are idle.
pub(crate) fn may_wait(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            may_wait_in(connection.get_postgres_connection_pool())
        }
        #[cfg(feature = "sqlx-mysql")]
        sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            may_wait_in(connection.get_mysql_connection_pool())
        }
        _ => false,
    }
}

#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
fn may_wait_in<DB: Database>(pool: &Pool<DB>) -> bool {
    pool.num_idle() == 0 || pool.size() < pool.options().get_max_connections()
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
