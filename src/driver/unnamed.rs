//! Statements without a name, each in a transaction of its own: for a pooler that shares sessions and does not know what was
//! prepared on them. sqlx parses a statement by one message and runs it by another, even where it keeps none; without a
//! transaction around both, the second reaches whatever session is free, and the statement that somebody else left there.

use std::borrow::Cow;

use sea_orm::{
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{
        AssertSqlSafe, Connection, Error, Executor, PgConnection, PgPool, Postgres,
        pool::PoolConnection,
    },
};
#[cfg(feature = "stream")]
use tokio::sync::mpsc::{Receiver, channel};

use super::pool::{acquire_error, query, query_error};
use crate::closure::BoxFuture;

/// Rows of a stream that wait for their reader.
#[cfg(feature = "stream")]
const AHEAD: usize = 16;

pub(super) fn execute(
    connection: &mut PgConnection,
    statement: Statement,
) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
    Box::pin(async move {
        let answer = connection.execute(query(statement).persistent(false)).await;
        let error = |error: Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
        answer.map(ExecResult::from).map_err(error)
    })
}

/// Without values it is one message.
pub(super) fn execute_unprepared(
    connection: &mut PgConnection,
    sql: String,
) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
    Box::pin(async move {
        let answer = connection.execute(AssertSqlSafe(sql)).await;
        let error = |error: Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
        answer.map(ExecResult::from).map_err(error)
    })
}

pub(super) fn query_one(
    connection: &mut PgConnection,
    statement: Statement,
) -> BoxFuture<'_, Result<Option<QueryResult>, DbErr>> {
    Box::pin(async move {
        let query = query(statement).persistent(false);
        let row = connection
            .fetch_optional(query)
            .await
            .map_err(query_error)?;
        Ok(row.map(QueryResult::from))
    })
}

pub(super) fn query_all(
    connection: &mut PgConnection,
    statement: Statement,
) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
    Box::pin(async move {
        let query = query(statement).persistent(false);
        let rows = connection.fetch_all(query).await.map_err(query_error)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    })
}

/// A connection of the pool. It is taken in the task of who needs it, and not in one that goes on without: whether a
/// statement was sent depends on whether it has got one.
pub(super) async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, DbErr> {
    pool.acquire().await.map_err(acquire_error)
}

/// Runs `work` in a transaction that `begin` begins.
pub(super) async fn in_transaction<T>(
    mut connection: PoolConnection<Postgres>,
    begin: Cow<'static, str>,
    work: impl for<'t> FnOnce(&'t mut PgConnection) -> BoxFuture<'t, Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let mut transaction = connection
        .begin_with(AssertSqlSafe(begin.into_owned()))
        .await
        .map_err(query_error)?;
    let answer = work(&mut transaction).await?;
    transaction.commit().await.map_err(query_error)?;
    Ok(answer)
}

#[cfg(feature = "stream")]
async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}

/// The rows of a statement, read in a task of their own, which ends with the reader.
#[cfg(feature = "stream")]
pub(super) async fn stream(
    pool: &PgPool,
    begin: Cow<'static, str>,
    statement: Statement,
) -> Result<Receiver<Result<QueryResult, DbErr>>, DbErr> {
    let connection = acquire(pool).await?;
    let (sender, receiver) = channel(AHEAD);
    let rows = sender.clone();
    let reading = in_transaction(connection, begin, move |connection| {
        Box::pin(async move {
            let mut stream = connection.fetch(query(statement).persistent(false));
            while let Some(row) = next(&mut stream).await {
                let row = row.map(QueryResult::from).map_err(query_error)?;
                if rows.send(Ok(row)).await.is_err() {
                    return Ok(());
                }
            }
            Ok(())
        })
    });
    let reading = tokio::spawn(reading);
    tokio::spawn(async move {
        // A panic would look like the end of the rows.
        let ended = reading.await;
        if let Err(error) = ended.unwrap_or_else(|error| Err(DbErr::Custom(error.to_string()))) {
            // The reader may be gone.
            let _ = sender.send(Err(error)).await;
        }
    });
    Ok(receiver)
}
