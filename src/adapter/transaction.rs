use std::fmt::{Debug, Display};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use crate::{
    closure::{CallbackFuture, run, run_async},
    database::RoutingDatabase,
    transaction::RoutingTransaction,
};

#[async_trait]
impl TransactionTrait for RoutingDatabase {
    type Transaction = RoutingTransaction;

    async fn begin(&self) -> Result<RoutingTransaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<RoutingTransaction, DbErr> {
        self.begin_with_options(options(isolation_level, access_mode))
            .await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<RoutingTransaction, DbErr> {
        RoutingTransaction::begin(self.clone(), options).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c RoutingTransaction) -> CallbackFuture<'c, T, E> + Send,
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
        F: for<'c> FnOnce(&'c RoutingTransaction) -> CallbackFuture<'c, T, E> + Send,
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

/// What is nested in a transaction is one of the same kind.
macro_rules! nests {
    ($transaction:ty) => {
        #[async_trait]
        impl TransactionTrait for $transaction {
            type Transaction = Self;

            async fn begin(&self) -> Result<Self, DbErr> {
                self.begin_with_options(TransactionOptions::default()).await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<Self, DbErr> {
                self.begin_with_options(options(isolation_level, access_mode))
                    .await
            }

            async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self, DbErr> {
                self.nest(options).await
            }

            async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(&'c Self) -> CallbackFuture<'c, T, E> + Send,
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
                F: for<'c> FnOnce(&'c Self) -> CallbackFuture<'c, T, E> + Send,
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
    };
}

pub(super) use nests;

nests!(RoutingTransaction);

#[async_trait]
impl TransactionSession for RoutingTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        Self::commit(self).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Self::rollback(self).await
    }
}

macro_rules! async_closures {
    ($handle:ty) => {
        impl $handle {
            /// Runs an async closure in a transaction: commits after `Ok`, rolls back after `Err`.
            ///
            /// # Errors
            /// [`TransactionError::Transaction`] holds the closure's own error, and
            /// [`TransactionError::Connection`] one of `BEGIN`, `COMMIT` or `ROLLBACK`.
            pub async fn transaction_async<F, T, E>(
                &self,
                callback: F,
            ) -> Result<T, TransactionError<E>>
            where
                F: for<'c> AsyncFnOnce(&'c RoutingTransaction) -> Result<T, E> + Send,
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
                F: for<'c> AsyncFnOnce(&'c RoutingTransaction) -> Result<T, E> + Send,
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
    };
}

async_closures!(RoutingDatabase);
async_closures!(RoutingTransaction);

pub(super) fn options(
    isolation_level: Option<IsolationLevel>,
    access_mode: Option<AccessMode>,
) -> TransactionOptions {
    TransactionOptions {
        isolation_level,
        access_mode,
        sqlite_transaction_mode: None,
    }
}
