use sea_orm::{DbErr, TransactionOptions, TransactionTrait};

use super::{Restricted, RestrictedTransaction};
use crate::transaction::RoutingTransaction;

impl<C> Restricted<C>
where
    C: TransactionTrait<Transaction = RoutingTransaction> + Send + Sync,
{
    /// A transaction of the same user.
    pub(crate) async fn begin_as(
        &self,
        options: TransactionOptions,
    ) -> Result<RestrictedTransaction, DbErr> {
        Ok(Restricted {
            user: self.user,
            inner: self.inner.begin_with_options(options).await?,
            engine: self.engine.clone(),
        })
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
