use std::sync::Arc;

use sea_orm::{
    ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
    sqlx::{
        self, AssertSqlSafe, Connection, Database, Error, Executor, IntoArguments, Pool,
        SqlSafeStr, database::HasStatementCache, pool::PoolConnection, query::Query,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;

use super::Errand;
use crate::observe::has_begun;

/// What `SqlxPostgresPoolConnection::execute` and those of the other drivers do.
pub(super) async fn execute<DB: Database + HasStatementCache>(
    pool: &Pool<DB>,
    statement: Statement,
    closes_refused: bool,
    errand: Option<Arc<Errand>>,
) -> Result<ExecResult, DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    ExecResult: From<DB::QueryResult>,
{
    let mut connection = pool.acquire().await.map_err(acquire_error)?;
    let again = errand.as_ref().map(|_| statement.clone());
    let mut answer = connection.execute(query::<DB>(statement)).await;
    if let Some(again) = again.filter(|_| is_stale(&answer)) {
        forget_prepared(&mut connection).await?;
        answer = connection.execute(query::<DB>(again)).await;
    }
    note(errand, &answer);
    let answer = answer.map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())));
    give_back(pool, connection, closes_refused && is_spoilt(&answer));
    answer.map(ExecResult::from)
}

/// What their `query_one` does.
pub(super) async fn query_one<DB: Database + HasStatementCache>(
    pool: &Pool<DB>,
    statement: Statement,
    closes_refused: bool,
    errand: Option<Arc<Errand>>,
) -> Result<Option<QueryResult>, DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    QueryResult: From<DB::Row>,
{
    let mut connection = pool.acquire().await.map_err(acquire_error)?;
    let again = errand.as_ref().map(|_| statement.clone());
    let mut answer = connection.fetch_optional(query::<DB>(statement)).await;
    if let Some(again) = again.filter(|_| is_stale(&answer)) {
        forget_prepared(&mut connection).await?;
        answer = connection.fetch_optional(query::<DB>(again)).await;
    }
    note(errand, &answer);
    let answer = answer.map_err(query_error);
    give_back(pool, connection, closes_refused && is_spoilt(&answer));
    answer.map(|row| row.map(QueryResult::from))
}

/// What their `query_all` does.
pub(super) async fn query_all<DB: Database + HasStatementCache>(
    pool: &Pool<DB>,
    statement: Statement,
    closes_refused: bool,
    errand: Option<Arc<Errand>>,
) -> Result<Vec<QueryResult>, DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    QueryResult: From<DB::Row>,
{
    let mut connection = pool.acquire().await.map_err(acquire_error)?;
    let again = errand.as_ref().map(|_| statement.clone());
    let mut answer = connection.fetch_all(query::<DB>(statement)).await;
    if let Some(again) = again.filter(|_| is_stale(&answer)) {
        forget_prepared(&mut connection).await?;
        answer = connection.fetch_all(query::<DB>(again)).await;
    }
    note(errand, &answer);
    let answer = answer.map_err(query_error);
    give_back(pool, connection, closes_refused && is_spoilt(&answer));
    let rows = answer?;
    Ok(rows.into_iter().map(QueryResult::from).collect())
}

/// Tells the errand whether it has succeeded.
fn note<T>(errand: Option<Arc<Errand>>, answer: &Result<T, Error>) {
    if let Some(errand) = errand.filter(|_| answer.is_ok()) {
        errand.succeed();
    }
}

/// Whether PostgreSQL did nothing, since the statement was prepared for tables of other columns, or others have forgotten it.
fn is_stale<T>(answer: &Result<T, Error>) -> bool {
    #[cfg(feature = "sqlx-postgres")]
    if let Err(Error::Database(error)) = answer
        && let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
    {
        return match error.code() {
            "0A000" => error.routine() == Some("RevalidateCachedQuery"),
            // `DISCARD ALL` and `DEALLOCATE ALL` tell the driver nothing.
            code => code == "26000",
        };
    }
    #[cfg(not(feature = "sqlx-postgres"))]
    let _ = answer;
    false
}

async fn forget_prepared<DB: Database + HasStatementCache>(
    connection: &mut PoolConnection<DB>,
) -> Result<(), DbErr> {
    let forgotten = connection.clear_cached_statements().await;
    forgotten.map_err(query_error)
}

/// Opens a connection, or takes one that is free, and gives it back.
#[cfg(feature = "sqlx-postgres")]
pub(super) async fn open_one<DB: Database>(pool: &Pool<DB>) -> Result<(), DbErr> {
    let connection = pool.acquire().await.map_err(acquire_error)?;
    give_back(pool, connection, false);
    Ok(())
}

pub(super) fn query<DB: Database>(statement: Statement) -> Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let sql = AssertSqlSafe(statement.sql).into_sql_str();
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(sql, SqlxValues(values))
}

/// Whether a slave's connection may have kept something of a read that was refused there.
fn is_spoilt<T>(answer: &Result<T, DbErr>) -> bool {
    answer.as_ref().is_err_and(has_begun)
}

/// What dropping the connection does. The task that sqlx spawns for it is boxed, as tokio moves it often.
fn give_back<DB: Database>(pool: &Pool<DB>, mut connection: PoolConnection<DB>, is_spoilt: bool) {
    if is_spoilt {
        // It drops here.
        return connection.close_on_drop();
    }
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    // If there is a least number of connections, sqlx spawns a task on drop whether the connection is still there or not.
    if pool.options().get_min_connections() == 0 {
        runtime.spawn(Box::pin(connection.return_to_pool()));
    }
}

pub(super) fn acquire_error(error: Error) -> DbErr {
    match error {
        Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}

pub(super) fn query_error(error: Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
