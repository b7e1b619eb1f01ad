use sea_orm::DatabaseConnection;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
use sea_orm::{
    DatabaseConnectionType,
    sqlx::{Database, Pool},
};

/// Whether the pool may have to open a connection for what runs next. Others may take those that are idle meanwhile.
pub(crate) fn may_open(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            may_open_in(connection.get_postgres_connection_pool())
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            may_open_in(connection.get_mysql_connection_pool())
        }
        _ => false,
    }
}

#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
fn may_open_in<DB: Database>(pool: &Pool<DB>) -> bool {
    pool.num_idle() == 0 && pool.size() < pool.options().get_max_connections()
}

/// What connections that the pool opens from now on log in with.
pub(crate) fn set_login(connection: &DatabaseConnection, user: Option<&str>, password: &str) {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            let mut options = pool.connect_options().as_ref().clone().password(password);
            if let Some(user) = user {
                options = options.username(user);
            }
            pool.set_connect_options(options);
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            let mut options = pool.connect_options().as_ref().clone().password(password);
            if let Some(user) = user {
                options = options.username(user);
            }
            pool.set_connect_options(options);
        }
        _ => {
            let _ = (user, password);
        }
    }
}
