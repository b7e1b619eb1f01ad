use sea_orm::{DatabaseConnection, DatabaseConnectionType};

/// Drops the connections of a pool that wait for work: after its server was away they are dead, and each would cost
/// a statement.
pub(super) fn purge(connection: &DatabaseConnection) {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            while let Some(idle) = pool.try_acquire() {
                drop(idle.detach());
            }
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            while let Some(idle) = pool.try_acquire() {
                drop(idle.detach());
            }
        }
        _ => {}
    }
}
