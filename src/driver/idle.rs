use sea_orm::DatabaseConnection;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
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
