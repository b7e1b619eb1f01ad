//! Closures that run in a transaction.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
};

use sea_orm::{TransactionError, TransactionSession};

/// What an async method of SeaORM's traits returns.
pub(crate) type BoxFuture<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

pub(crate) type CallbackFuture<'c, T, E> = BoxFuture<'c, Result<T, E>>;

/// Commits after `Ok`, rolls back after `Err`.
pub(crate) async fn run<X, F, T, E>(transaction: X, callback: F) -> Result<T, TransactionError<E>>
where
    X: TransactionSession,
    F: for<'c> FnOnce(&'c X) -> CallbackFuture<'c, T, E> + Send,
    E: Display + Debug,
{
    let result = callback(&transaction).await;
    end(transaction, result).await
}

/// [`run`] for an async closure.
pub(crate) async fn run_async<X, F, T, E>(
    transaction: X,
    callback: F,
) -> Result<T, TransactionError<E>>
where
    X: TransactionSession,
    F: for<'c> AsyncFnOnce(&'c X) -> Result<T, E>,
    E: Display + Debug,
{
    let result = callback(&transaction).await;
    end(transaction, result).await
}

async fn end<X, T, E>(transaction: X, result: Result<T, E>) -> Result<T, TransactionError<E>>
where
    X: TransactionSession,
    E: Display + Debug,
{
    match result {
        Ok(_) => transaction.commit().await?,
        Err(_) => transaction.rollback().await?,
    }
    result.map_err(TransactionError::Transaction)
}
