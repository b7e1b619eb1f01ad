use sea_orm::{DatabaseTransaction, DbErr, Statement};

use crate::{closure::BoxFuture, dispatch::Method};

/// A [`Method`] that is called on the driver's transaction.
pub(crate) trait MethodInTransaction: Method {
    fn send_in(
        transaction: &DatabaseTransaction,
        statement: Statement,
    ) -> BoxFuture<'_, Result<Self::Answer, DbErr>>;
}
