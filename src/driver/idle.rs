use sea_orm::DatabaseConnection;
#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    all(feature = "metrics", feature = "_driver")
))]
use sea_orm::{
    DatabaseConnectionType,
    sqlx::{Database, Pool},
};

/// Closes the connections of a pool that nobody uses at present.
pub(crate) async fn close_idle(connection: &DatabaseConnection) {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            close_idle_of(connection.get_postgres_connection_pool()).await;
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            close_idle_of(connection.get_mysql_connection_pool()).await;
        }
        // A connection to a file keeps nothing of what it has read.
        _ => {}
    }
}

#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
async fn close_idle_of<DB: Database>(pool: &Pool<DB>) {
    for _ in 0..pool.num_idle() {
        let Some(connection) = pool.try_acquire() else {
            return;
        };
        // It may be broken: then it is gone as well.
        let _ = connection.close().await;
    }
}

/// How many connections a pool has and may have.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) open: u32,
    pub(crate) idle: u32,
    pub(crate) most: u32,
}

/// The figures of a pool; mocks and the like have none.
#[cfg(feature = "metrics")]
pub(crate) fn figures(connection: &DatabaseConnection) -> Option<Figures> {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            Some(figures_of(connection.get_postgres_connection_pool()))
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            Some(figures_of(connection.get_mysql_connection_pool()))
        }
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            Some(figures_of(connection.get_sqlite_connection_pool()))
        }
        _ => None,
    }
}

#[cfg(all(feature = "metrics", feature = "_driver"))]
fn figures_of<DB: Database>(pool: &Pool<DB>) -> Figures {
    Figures {
        open: pool.size(),
        idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
        most: pool.options().get_max_connections(),
    }
}
