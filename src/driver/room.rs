use std::time::Duration;

use sea_orm::DatabaseConnection;
#[cfg(feature = "_driver")]
use sea_orm::{
    DatabaseConnectionType,
    sqlx::{Database, Pool},
};

/// What a pool can do at once, and how long it lets wait who comes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) connections: u32,
    pub(crate) patience: Duration,
}

/// Asks each driver's pool the same question.
macro_rules! of_pool {
    ($connection:expr, $ask:ident, $otherwise:expr) => {
        match &$connection.inner {
            #[cfg(feature = "sqlx-postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                $ask($connection.get_postgres_connection_pool())
            }
            #[cfg(feature = "sqlx-mysql")]
            DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
                $ask($connection.get_mysql_connection_pool())
            }
            #[cfg(feature = "sqlx-sqlite")]
            DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                $ask($connection.get_sqlite_connection_pool())
            }
            _ => $otherwise,
        }
    };
}

/// The capacity of a connection's pool; what is no pool, such as a mock, has no limit.
pub(crate) fn capacity(connection: &DatabaseConnection) -> Option<Capacity> {
    of_pool!(connection, capacity_of, None)
}

/// Whether a pool has a connection that is idle, or may open one: also what somebody has lent, and what is on its way back,
/// is neither.
#[inline]
pub(crate) fn has_room(connection: &DatabaseConnection) -> bool {
    of_pool!(connection, has_room_in, true)
}

/// Whether a pool has a connection that is idle.
pub(crate) fn has_idle(connection: &DatabaseConnection) -> bool {
    of_pool!(connection, has_idle_in, true)
}

/// Connections of a pool that somebody has, or that are on their way back.
pub(crate) fn in_use(connection: &DatabaseConnection) -> u32 {
    of_pool!(connection, in_use_of, 0)
}

#[cfg(feature = "_driver")]
#[allow(clippy::unnecessary_wraps, reason = "what is no pool has no capacity")]
fn capacity_of<DB: Database>(pool: &Pool<DB>) -> Option<Capacity> {
    let options = pool.options();
    Some(Capacity {
        connections: options.get_max_connections(),
        patience: options.get_acquire_timeout(),
    })
}

#[cfg(feature = "_driver")]
fn has_room_in<DB: Database>(pool: &Pool<DB>) -> bool {
    has_idle_in(pool) || pool.size() < pool.options().get_max_connections()
}

#[cfg(feature = "_driver")]
fn has_idle_in<DB: Database>(pool: &Pool<DB>) -> bool {
    pool.num_idle() > 0
}

#[cfg(feature = "_driver")]
fn in_use_of<DB: Database>(pool: &Pool<DB>) -> u32 {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    pool.size().saturating_sub(idle)
}
