use std::fmt::{Debug, Display};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

#[cfg(feature = "rbac")]
use crate::rbac::{Restricted, RestrictedTransaction};
use crate::{
    closure::{CallbackFuture, run, run_async},
    database::RoutingDatabase,
    distributed::DistributedTransaction,
    transaction::RoutingTransaction,
};

/// SeaORM's ways to begin a transaction are one, `begin_as`; so are closures of both kinds.
macro_rules! begins {
    ($handle:ty => $transaction:ty) => {
        begins!(impl [] $handle => $transaction);
    };
    (impl [$($generics:tt)*] $handle:ty => $transaction:ty) => {
        #[async_trait]
        impl<$($generics)*> TransactionTrait for $handle {
            type Transaction = $transaction;

            async fn begin(&self) -> Result<$transaction, DbErr> {
                self.begin_as(TransactionOptions::default()).await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<$transaction, DbErr> {
                self.begin_as(options(isolation_level, access_mode)).await
            }

            async fn begin_with_options(
                &self,
                options: TransactionOptions,
            ) -> Result<$transaction, DbErr> {
                self.begin_as(options).await
            }

            async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(&'c $transaction) -> CallbackFuture<'c, T, E> + Send,
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
                F: for<'c> FnOnce(&'c $transaction) -> CallbackFuture<'c, T, E> + Send,
                T: Send,
                E: Display + Debug + Send,
            {
                let begun = self.begin_with_config(isolation_level, access_mode).await?;
                run(begun, callback).await
            }
        }

        impl<$($generics)*> $handle {
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
                F: for<'c> AsyncFnOnce(&'c $transaction) -> Result<T, E> + Send,
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
                F: for<'c> AsyncFnOnce(&'c $transaction) -> Result<T, E> + Send,
                T: Send,
                E: Display + Debug + Send,
            {
                let begun = self.begin_with_config(isolation_level, access_mode).await?;
                run_async(begun, callback).await
            }
        }
    };
}

/// SeaORM's way to end a transaction is ours.
macro_rules! ends {
    ($transaction:ty) => {
        #[async_trait]
        impl TransactionSession for $transaction {
            async fn commit(self) -> Result<(), DbErr> {
                Self::commit(self).await
            }

            async fn rollback(self) -> Result<(), DbErr> {
                Self::rollback(self).await
            }
        }
    };
}

begins!(RoutingDatabase => RoutingTransaction);
begins!(RoutingTransaction => RoutingTransaction);
begins!(DistributedTransaction => DistributedTransaction);
ends!(RoutingTransaction);
ends!(DistributedTransaction);

#[cfg(feature = "rbac")]
begins!(
    impl [C: TransactionTrait<Transaction = RoutingTransaction> + Send + Sync]
    Restricted<C> => RestrictedTransaction
);
#[cfg(feature = "rbac")]
ends!(RestrictedTransaction);

impl RoutingDatabase {
    /// One of a handle that only reads is read-only, unless it is asked for otherwise: a slave may serve it, and its server keeps the
    /// promise too, wherever it goes on.
    async fn begin_as(&self, mut options: TransactionOptions) -> Result<RoutingTransaction, DbErr> {
        if self.scope.prevents_writes() {
            options.access_mode.get_or_insert(AccessMode::ReadOnly);
        }
        RoutingTransaction::begin(self.kept(), options).await
    }
}

/// What is nested in a transaction is one of the same kind.
impl RoutingTransaction {
    async fn begin_as(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        self.nest(options).await
    }
}

/// As in [`RoutingTransaction`], on all binds.
impl DistributedTransaction {
    async fn begin_as(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        self.nest(options).await
    }
}

fn options(
    isolation_level: Option<IsolationLevel>,
    access_mode: Option<AccessMode>,
) -> TransactionOptions {
    TransactionOptions {
        isolation_level,
        access_mode,
        sqlite_transaction_mode: None,
    }
}
