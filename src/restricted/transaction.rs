use std::fmt::{Debug, Display};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::{Restricted, RestrictedTransaction};
use crate::{
    closure::{CallbackFuture, run, run_async},
    transaction::RoutingTransaction,
};

#[async_trait]
impl<C> TransactionTrait for Restricted<C>
where
    C: TransactionTrait<Transaction = RoutingTransaction> + Send + Sync,
{
    type Transaction = RestrictedTransaction;

    async fn begin(&self) -> Result<RestrictedTransaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<RestrictedTransaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            sqlite_transaction_mode: None,
        })
        .await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<RestrictedTransaction, DbErr> {
        Ok(Restricted {
            user: self.user,
            inner: self.inner.begin_with_options(options).await?,
            engine: self.engine.clone(),
        })
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c RestrictedTransaction) -> CallbackFuture<'c, T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        run(self.begin().await?, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c RestrictedTransaction) -> CallbackFuture<'c, T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        run(
            self.begin_with_config(isolation_level, access_mode).await?,
            callback,
        )
        .await
    }
}

impl<C> Restricted<C>
where
    C: TransactionTrait<Transaction = RoutingTransaction> + Send + Sync,
{
    /// Runs an async closure in a transaction of the user: commits after `Ok`, rolls back after `Err`.
    ///
    /// # Errors
    /// [`TransactionError::Transaction`] holds the closure's own error, and [`TransactionError::Connection`] one of
    /// `BEGIN`, `COMMIT` or `ROLLBACK`.
    pub async fn transaction_async<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c RestrictedTransaction) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        run_async(self.begin().await?, callback).await
    }

    /// [`transaction_async`](Self::transaction_async) with an isolation level and an access mode.
    ///
    /// # Errors
    /// As [`transaction_async`](Self::transaction_async).
    pub async fn transaction_with_config_async<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c RestrictedTransaction) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        run_async(
            self.begin_with_config(isolation_level, access_mode).await?,
            callback,
        )
        .await
    }
}

#[async_trait]
impl TransactionSession for RestrictedTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

impl RestrictedTransaction {
    /// [`RoutingTransaction::commit`] of the user's transaction.
    ///
    /// # Errors
    /// As there.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    /// [`RoutingTransaction::rollback`] of the user's transaction.
    ///
    /// # Errors
    /// As there.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}
