use async_trait::async_trait;
#[cfg(feature = "sqlx-postgres")]
use sea_orm::sqlx::{PgConnection, PgPool};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, Statement, TransactionTrait,
};
use tracing::{Level, span_enabled};

#[cfg(feature = "_driver")]
use super::pool;
#[cfg(feature = "stream")]
use super::rows::Rows;
#[cfg(feature = "sqlx-postgres")]
use super::unnamed;
use crate::closure::BoxFuture;

/// The way to a node's database: a short one, or SeaORM's where that does more than send the statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel<'c> {
    connection: &'c DatabaseConnection,
    may_be_short: bool,
    /// Whether a connection on which a read was refused is closed.
    #[cfg_attr(not(feature = "_driver"), allow(dead_code, reason = "drivers read it"))]
    closes_refused: bool,
    /// Whether each statement is a read-only transaction.
    is_guarded: bool,
    /// Whether a statement has no name, and is parsed and run in one transaction.
    #[cfg_attr(
        not(feature = "sqlx-postgres"),
        allow(dead_code, reason = "only its driver sends such")
    )]
    is_unnamed: bool,
}

/// A method of SeaORM, and that of the pool which does the same.
macro_rules! method {
    ($name:ident, $short:ident, $answer:ty) => {
        pub(crate) fn $name(self, statement: Statement) -> BoxFuture<'c, Result<$answer, DbErr>> {
            let connection = self.connection;
            #[cfg(feature = "sqlx-postgres")]
            if let Some(pool) = self.unnamed() {
                return apart(pool, self.begin(), move |open| {
                    unnamed::$short(open, statement)
                });
            }
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
            is_unnamed: false,
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

    /// The same to a slave whose sessions take writes: each statement is a read-only transaction.
    pub(crate) fn guarded(self) -> Self {
        Self {
            may_be_short: false,
            is_guarded: true,
            ..self
        }
    }

    /// The same by a pooler that knows nothing of prepared statements: each is parsed and run in one transaction.
    pub(crate) fn alone(self) -> Self {
        Self {
            may_be_short: false,
            is_unnamed: true,
            ..self
        }
    }

    /// The pool of PostgreSQL's to which statements go without a name.
    #[cfg(feature = "sqlx-postgres")]
    fn unnamed(self) -> Option<&'c PgPool> {
        self.is_unnamed
            .then(|| self.connection.get_postgres_connection_pool())
    }

    /// What begins the transaction of one statement.
    #[cfg(feature = "sqlx-postgres")]
    fn begin(self) -> &'static str {
        match self.is_guarded {
            true => "BEGIN READ ONLY",
            false => "BEGIN",
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
        // Without values it is one message.
        if self.is_guarded {
            let sql = sql.to_owned();
            #[cfg(feature = "sqlx-postgres")]
            if let Some(pool) = self.unnamed() {
                return apart(pool, self.begin(), move |open| {
                    unnamed::execute_unprepared(open, sql)
                });
            }
            return in_read_only_transaction(connection, |open| {
                Box::pin(async move { open.execute_unprepared(&sql).await })
            });
        }
        connection.execute_unprepared(sql)
    }

    /// The rows of a statement; nothing keeps it from writing but its transaction, if it has one.
    ///
    /// # Errors
    /// The driver's.
    #[cfg(feature = "stream")]
    pub(crate) async fn stream_raw(self, statement: Statement) -> Result<Rows, DbErr> {
        #[cfg(feature = "sqlx-postgres")]
        if let Some(pool) = self.unnamed() {
            let rows = unnamed::stream(pool, self.begin(), statement).await?;
            return Ok(Rows::Task(rows));
        }
        let rows = sea_orm::StreamTrait::stream_raw(self.connection, statement).await?;
        Ok(Rows::Driver(rows))
    }

    /// Whether nobody sees a difference. SeaORM's methods are spans at TRACE, and at INFO with its feature
    /// `tracing-spans`.
    pub(crate) fn is_short(self) -> bool {
        let has_spans = cfg!(feature = "tracing-spans") || cfg!(feature = "_seaorm_way");
        self.may_be_short && !has_spans && !span_enabled!(target: "sea_orm", Level::TRACE)
    }
}

/// For statements of ours that are not the application's.
#[async_trait]
impl ConnectionTrait for Channel<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Channel::execute_raw(*self, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Channel::query_one_raw(*self, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Channel::query_all_raw(*self, statement).await
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
    to_its_end(running)
}

/// Runs `work` in a transaction of its own, which goes on to its end once it has a connection.
#[cfg(feature = "sqlx-postgres")]
fn apart<'c, T: Send + 'static>(
    pool: &'c PgPool,
    begin: &'static str,
    work: impl for<'t> FnOnce(&'t mut PgConnection) -> BoxFuture<'t, Result<T, DbErr>> + Send + 'static,
) -> BoxFuture<'c, Result<T, DbErr>> {
    Box::pin(async move {
        let connection = unnamed::acquire(pool).await?;
        to_its_end(unnamed::in_transaction(connection, begin, work)).await
    })
}

/// Work that goes on when nobody waits for it any more.
fn to_its_end<'c, T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> BoxFuture<'c, Result<T, DbErr>> {
    Box::pin(async move {
        let ended = tokio::spawn(work).await;
        ended.unwrap_or_else(|error| Err(DbErr::Custom(error.to_string())))
    })
}
