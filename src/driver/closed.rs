use std::sync::OnceLock;

use sea_orm::DatabaseConnection;
#[cfg(any(feature = "_driver", feature = "mock"))]
use sea_orm::DatabaseConnectionType;
#[cfg(feature = "_driver")]
use sea_orm::sqlx::{Database, Pool, pool::PoolOptions};

/// A connection of the same kind whose pool is closed: it tells its backend, and its every statement is an error. For what has no pool,
/// such as SeaORM's proxy, it is one that is not connected, and has no backend to tell.
pub(crate) fn closed_like(connection: &DatabaseConnection) -> &'static DatabaseConnection {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            static CLOSED: OnceLock<DatabaseConnection> = OnceLock::new();
            CLOSED.get_or_init(|| closed_pool::<sea_orm::sqlx::Postgres>().into())
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            static CLOSED: OnceLock<DatabaseConnection> = OnceLock::new();
            CLOSED.get_or_init(|| closed_pool::<sea_orm::sqlx::MySql>().into())
        }
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            static CLOSED: OnceLock<DatabaseConnection> = OnceLock::new();
            CLOSED.get_or_init(|| closed_pool::<sea_orm::sqlx::Sqlite>().into())
        }
        #[cfg(feature = "mock")]
        DatabaseConnectionType::MockDatabaseConnection(_) => closed_mock(connection),
        _ => {
            static NONE: OnceLock<DatabaseConnection> = OnceLock::new();
            NONE.get_or_init(DatabaseConnection::default)
        }
    }
}

/// Without what would make it spawn a task, as there may be no runtime.
#[cfg(feature = "_driver")]
fn closed_pool<DB: Database>() -> Pool<DB>
where
    <DB::Connection as sea_orm::sqlx::Connection>::Options: Default,
{
    let options = PoolOptions::new().idle_timeout(None).max_lifetime(None);
    let pool = options.connect_lazy_with(Default::default());
    // It is closed from here on, and has nothing that would be waited for.
    drop(pool.close());
    pool
}

/// A mock that has nothing to answer.
#[cfg(feature = "mock")]
fn closed_mock(connection: &DatabaseConnection) -> &'static DatabaseConnection {
    static POSTGRES: OnceLock<DatabaseConnection> = OnceLock::new();
    static MYSQL: OnceLock<DatabaseConnection> = OnceLock::new();
    static SQLITE: OnceLock<DatabaseConnection> = OnceLock::new();
    let backend = connection.get_database_backend();
    let closed = match backend {
        sea_orm::DbBackend::Postgres => &POSTGRES,
        sea_orm::DbBackend::MySql => &MYSQL,
        _ => &SQLITE,
    };
    closed.get_or_init(|| sea_orm::MockDatabase::new(backend).into_connection())
}
