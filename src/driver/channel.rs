use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement};
use tracing::{Level, span_enabled};

#[cfg(feature = "_driver")]
use super::pool;
use crate::closure::BoxFuture;

/// The way to a node's database: a short one, or SeaORM's where that does more than send the statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel<'c> {
    connection: &'c DatabaseConnection,
    may_be_short: bool,
    /// Whether a connection on which a read was refused is closed.
    #[cfg_attr(not(feature = "_driver"), allow(dead_code, reason = "drivers read it"))]
    closes_refused: bool,
}

/// A method of SeaORM, and that of the pool which does the same.
macro_rules! method {
    ($name:ident, $short:ident, $answer:ty) => {
        pub(crate) fn $name(self, statement: Statement) -> BoxFuture<'c, Result<$answer, DbErr>> {
            let connection = self.connection;
            if self.is_short() {
                match &connection.inner {
                    #[cfg(feature = "sqlx-mysql")]
                    sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
                        let pool = connection.get_mysql_connection_pool();
                        return Box::pin(pool::$short(pool, statement, self.closes_refused));
                    }
                    #[cfg(feature = "sqlx-postgres")]
                    sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                        let pool = connection.get_postgres_connection_pool();
                        return Box::pin(pool::$short(pool, statement, self.closes_refused));
                    }
                    #[cfg(feature = "sqlx-sqlite")]
                    sea_orm::DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                        let pool = connection.get_sqlite_connection_pool();
                        return Box::pin(pool::$short(pool, statement, self.closes_refused));
                    }
                    _ => {}
                }
            }
            connection.$name(statement)
        }
    };
}

impl<'c> Channel<'c> {
    /// `is_silent` says that no metric callback is on the connection.
    pub(crate) fn new(connection: &'c DatabaseConnection, is_silent: bool) -> Self {
        Self {
            connection,
            may_be_short: is_silent,
            closes_refused: false,
        }
    }

    /// The same to a slave: on the short way, a connection on which a read has begun and was refused is closed, with
    /// what it may have left there.
    pub(crate) fn of_slave(self, closes_refused: bool) -> Self {
        Self {
            closes_refused,
            ..self
        }
    }

    method!(execute_raw, execute, ExecResult);
    method!(query_one_raw, query_one, Option<QueryResult>);
    method!(query_all_raw, query_all, Vec<QueryResult>);

    pub(crate) fn execute_unprepared(
        self,
        sql: &'c str,
    ) -> BoxFuture<'c, Result<ExecResult, DbErr>> {
        self.connection.execute_unprepared(sql)
    }

    /// Whether nobody sees a difference. SeaORM's methods are spans at TRACE, and at INFO with its feature
    /// `tracing-spans`.
    pub(crate) fn is_short(self) -> bool {
        let has_spans = cfg!(feature = "tracing-spans") || cfg!(feature = "_seaorm_way");
        self.may_be_short && !has_spans && !span_enabled!(target: "sea_orm", Level::TRACE)
    }
}
