use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
};
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
    is_guarded: bool,
}

/// A method of SeaORM, and that of the pool which does the same.
macro_rules! method {
    ($name:ident, $short:ident, $answer:ty) => {
        pub(crate) fn $name(self, statement: Statement) -> BoxFuture<'c, Result<$answer, DbErr>> {
            let connection = self.connection;
            if self.is_guarded {
                return in_read_only_transaction(connection, move |open| open.$name(statement));
            }
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
            is_guarded: false,
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

    /// One to a slave whose sessions take writes: each statement is a read-only transaction.
    pub(crate) fn guarded(connection: &'c DatabaseConnection) -> Self {
        Self {
            connection,
            may_be_short: false,
            closes_refused: false,
            is_guarded: true,
        }
    }

    method!(execute_raw, execute, ExecResult);
    method!(query_one_raw, query_one, Option<QueryResult>);
    method!(query_all_raw, query_all, Vec<QueryResult>);

    pub(crate) fn execute_unprepared(
        self,
        sql: &'c str,
    ) -> BoxFuture<'c, Result<ExecResult, DbErr>> {
        let connection = self.connection;
        if self.is_guarded {
            let sql = sql.to_owned();
            return in_read_only_transaction(connection, |open| {
                Box::pin(async move { open.execute_unprepared(&sql).await })
            });
        }
        connection.execute_unprepared(sql)
    }

    /// Whether nobody sees a difference. SeaORM's methods are spans at TRACE, and at INFO with its feature
    /// `tracing-spans`.
    pub(crate) fn is_short(self) -> bool {
        let has_spans = cfg!(feature = "tracing-spans") || cfg!(feature = "_seaorm_way");
        self.may_be_short && !has_spans && !span_enabled!(target: "sea_orm", Level::TRACE)
    }
}

/// Whether the database behind a connection keeps a transaction that was begun read-only from writing.
pub(crate) fn has_read_only_transactions(connection: &DatabaseConnection) -> bool {
    match &connection.inner {
        #[cfg(feature = "sqlx-mysql")]
        sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => true,
        #[cfg(feature = "sqlx-postgres")]
        sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => true,
        _ => false,
    }
}

/// Runs `work` in a read-only transaction. It goes on to its end when nobody waits for it any more: a `BEGIN` that is
/// given up half-way may stay open.
fn in_read_only_transaction<'c, T: Send + 'static>(
    connection: &DatabaseConnection,
    work: impl for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, DbErr>>
    + Send
    + 'static,
) -> BoxFuture<'c, Result<T, DbErr>> {
    let connection = connection.clone();
    let running = async move {
        let read_only = Some(AccessMode::ReadOnly);
        let transaction = connection.begin_with_config(None, read_only).await?;
        let answer = work(&transaction).await;
        match answer {
            Ok(answer) => transaction.commit().await.map(|()| answer),
            Err(error) => Err(error),
        }
    };
    Box::pin(async move {
        let ended = tokio::spawn(running).await;
        ended.unwrap_or_else(|error| Err(DbErr::Custom(error.to_string())))
    })
}
