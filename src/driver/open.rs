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
