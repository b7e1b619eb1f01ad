#[cfg(feature = "sqlx-postgres")]
use std::borrow::Cow;
use std::sync::Arc;

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
use super::{Errand, Outfit};
use crate::closure::BoxFuture;

/// The way to a node's database: a short one, or SeaORM's where that does more than send the statement.
#[derive(Clone, Debug)]
pub(crate) struct Channel<'c> {
    connection: &'c DatabaseConnection,
    /// What its connections must have set, where that is not the same for all of the pool.
    outfit: Option<Worn>,
    may_be_short: bool,
    /// Whether a connection on which a read was refused is closed.
    closes_refused: bool,
    /// Whether each statement is a read-only transaction.
    is_guarded: bool,
    /// Whether a statement has no name, and is parsed and run in one transaction.
    is_unnamed: bool,
}

/// What a connection must have set for a statement.
#[derive(Clone, Debug)]
struct Worn {
    outfit: Arc<Outfit>,
    /// Whether the statement leaves it as it was.
    is_kept: bool,
    /// Whether it must not outlast a transaction, as others share the sessions.
    is_local: bool,
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
                let errand = self.errand(false);
                return in_read_only_transaction(connection, errand, move |open| {
                    open.$name(statement)
                });
            }
            if self.is_short() {
                #[cfg(feature = "_driver")]
                let errand = self.errand(true);
                match &connection.inner {
                    #[cfg(feature = "sqlx-mysql")]
                    sea_orm::DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
                        let pool = connection.get_mysql_connection_pool();
                        let closes = self.closes_refused;
                        return match errand {
                            None => Box::pin(pool::$short(pool, statement, closes, None)),
                            Some(errand) => {
                                let own = Some(errand.clone());
                                Box::pin(errand.run(pool::$short(pool, statement, closes, own)))
                            }
                        };
                    }
                    #[cfg(feature = "sqlx-postgres")]
                    sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                        let pool = connection.get_postgres_connection_pool();
                        let closes = self.closes_refused;
                        return match errand {
                            None => Box::pin(pool::$short(pool, statement, closes, None)),
                            Some(errand) => {
                                let own = Some(errand.clone());
                                Box::pin(errand.run(pool::$short(pool, statement, closes, own)))
                            }
                        };
                    }
                    #[cfg(feature = "sqlx-sqlite")]
                    sea_orm::DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                        let pool = connection.get_sqlite_connection_pool();
                        return Box::pin(pool::$short(
                            pool,
                            statement,
                            self.closes_refused,
                            errand,
                        ));
                    }
                    _ => {}
                }
            }
            on(self.errand(false), connection.$name(statement))
        }
    };
}

impl<'c> Channel<'c> {
    /// `is_silent` says that no metric callback is on the connection.
    pub(crate) fn new(connection: &'c DatabaseConnection, is_silent: bool) -> Self {
        Self {
            connection,
            outfit: None,
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

    /// The same, on connections that have this set. If it `is_kept`, a statement leaves it so; if it `is_local`, others share the
    /// sessions, and it must end with the statement.
    pub(crate) fn wearing(self, outfit: Arc<Outfit>, is_kept: bool, is_local: bool) -> Self {
        // By one message that begins a transaction, sets what is needed there, and nothing that outlasts it.
        let is_apart = is_local && outfit.for_transaction().is_some();
        Self {
            may_be_short: self.may_be_short && !is_apart,
            is_unnamed: self.is_unnamed || is_apart,
            outfit: Some(Worn {
                outfit,
                is_kept,
                is_local,
            }),
            ..self
        }
    }

    /// What asks the pool for what is needed, unless that is set in a transaction alone.
    fn errand(&self, is_short: bool) -> Option<Arc<Errand>> {
        let worn = self.outfit.as_ref().filter(|worn| !worn.is_local)?;
        Some(Errand::of(worn.outfit.clone(), worn.is_kept, is_short))
    }

    /// The pool of PostgreSQL's to which statements go without a name.
    #[cfg(feature = "sqlx-postgres")]
    fn unnamed(&self) -> Option<&'c PgPool> {
        self.is_unnamed
            .then(|| self.connection.get_postgres_connection_pool())
    }

    /// What begins the transaction of one statement.
    #[cfg(feature = "sqlx-postgres")]
    fn begin(&self) -> Cow<'static, str> {
        let begin = match self.is_guarded {
            true => "BEGIN READ ONLY",
            false => "BEGIN",
        };
        let local = self.outfit.as_ref().filter(|worn| worn.is_local);
        match local.and_then(|worn| worn.outfit.for_transaction()) {
            Some(set) => format!("{begin}; {set}").into(),
            None => begin.into(),
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
        let errand = self.errand(false);
        // Without values it is one message; what is set for it would be another one.
        #[cfg(feature = "sqlx-postgres")]
        if let Some(pool) = self
            .unnamed()
            .filter(|_| self.is_guarded || self.is_local())
        {
            let sql = sql.to_owned();
            return apart(pool, self.begin(), move |open| {
                unnamed::execute_unprepared(open, sql)
            });
        }
        if self.is_guarded {
            let sql = sql.to_owned();
            return in_read_only_transaction(connection, errand, |open| {
                Box::pin(async move { open.execute_unprepared(&sql).await })
            });
        }
        on(errand, connection.execute_unprepared(sql))
    }

    #[cfg(feature = "sqlx-postgres")]
    fn is_local(&self) -> bool {
        self.outfit.as_ref().is_some_and(|worn| worn.is_local)
    }

    /// The rows of a statement. Nothing keeps it from writing but its transaction, if it has one: one that is guarded on PostgreSQL.
    ///
    /// # Errors
    /// The driver's.
    #[cfg(feature = "stream")]
    pub(crate) async fn stream_raw(self, statement: Statement) -> Result<Rows, DbErr> {
        let errand = self.errand(false);
        #[cfg(feature = "sqlx-postgres")]
        if let Some(pool) = self.unnamed().or_else(|| self.guarded_postgres()) {
            let rows = unnamed::stream(pool, self.begin(), statement);
            return Ok(Rows::Task(on(errand, Box::pin(rows)).await?));
        }
        let rows = sea_orm::StreamTrait::stream_raw(self.connection, statement);
        Ok(Rows::Driver(on(errand, rows).await?))
    }

    #[cfg(all(feature = "stream", feature = "sqlx-postgres"))]
    fn guarded_postgres(&self) -> Option<&'c PgPool> {
        use sea_orm::DatabaseConnectionType::SqlxPostgresPoolConnection;

        let is_pool = matches!(self.connection.inner, SqlxPostgresPoolConnection(_));
        (self.is_guarded && is_pool).then(|| self.connection.get_postgres_connection_pool())
    }

    /// Whether nobody sees a difference. SeaORM's methods are spans at TRACE, and at INFO with its feature
    /// `tracing-spans`.
    pub(crate) fn is_short(&self) -> bool {
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
        Channel::execute_raw(self.clone(), statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.outfit {
            Some(_) => Channel::execute_unprepared(self.clone(), sql).await,
            None => self.connection.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Channel::query_one_raw(self.clone(), statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Channel::query_all_raw(self.clone(), statement).await
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
    errand: Option<Arc<Errand>>,
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
    to_its_end(on(errand, Box::pin(running)))
}

/// Runs `work` in a transaction of its own, which goes on to its end once it has a connection.
#[cfg(feature = "sqlx-postgres")]
fn apart<'c, T: Send + 'static>(
    pool: &'c PgPool,
    begin: Cow<'static, str>,
    work: impl for<'t> FnOnce(&'t mut PgConnection) -> BoxFuture<'t, Result<T, DbErr>> + Send + 'static,
) -> BoxFuture<'c, Result<T, DbErr>> {
    Box::pin(async move {
        let connection = unnamed::acquire(pool).await?;
        to_its_end(unnamed::in_transaction(connection, begin, work)).await
    })
}

/// Work on a connection that has what the errand needs, if there is one.
fn on<'c, T>(
    errand: Option<Arc<Errand>>,
    work: BoxFuture<'c, Result<T, DbErr>>,
) -> BoxFuture<'c, Result<T, DbErr>>
where
    T: Send + 'c,
{
    match errand {
        Some(errand) => Box::pin(errand.run(work)),
        None => work,
    }
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
