//! The driver's own pool, for code that bypasses SeaORM.

use crate::database::RoutingDatabase;

impl RoutingDatabase {
    /// The driver's pool of the present master of the handle's bind: of the default bind for the bare handle.
    ///
    /// # Panics
    /// Like SeaORM's, when that bind is not PostgreSQL.
    #[cfg(feature = "sqlx-postgres")]
    pub fn get_postgres_connection_pool(&self) -> &sea_orm::sqlx::PgPool {
        self.lent_home().get_postgres_connection_pool()
    }

    /// The driver's pool of the present master of the handle's bind: of the default bind for the bare handle.
    ///
    /// # Panics
    /// Like SeaORM's, when that bind is not MySQL or MariaDB.
    #[cfg(feature = "sqlx-mysql")]
    pub fn get_mysql_connection_pool(&self) -> &sea_orm::sqlx::MySqlPool {
        self.lent_home().get_mysql_connection_pool()
    }

    /// The driver's pool of the present master of the handle's bind: of the default bind for the bare handle.
    ///
    /// # Panics
    /// Like SeaORM's, when that bind is not SQLite.
    #[cfg(feature = "sqlx-sqlite")]
    pub fn get_sqlite_connection_pool(&self) -> &sea_orm::sqlx::SqlitePool {
        self.lent_home().get_sqlite_connection_pool()
    }
}

macro_rules! from_pool {
    ($feature:literal, $pool:ty) => {
        #[cfg(feature = $feature)]
        impl From<$pool> for RoutingDatabase {
            fn from(pool: $pool) -> Self {
                sea_orm::DatabaseConnection::from(pool).into()
            }
        }
    };
}

from_pool!("sqlx-postgres", sea_orm::sqlx::PgPool);
from_pool!("sqlx-mysql", sea_orm::sqlx::MySqlPool);
from_pool!("sqlx-sqlite", sea_orm::sqlx::SqlitePool);
