//! The methods by which SeaORM sends a statement.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, ExecResult, QueryResult, Statement};

use crate::{
    closure::BoxFuture, dispatch::Method, driver::Channel, transaction::MethodInTransaction,
};

pub(super) struct Execute;
pub(super) struct ExecuteUnprepared;
pub(super) struct QueryOne;
pub(super) struct QueryAll;

macro_rules! method {
    ($name:ident, $answer:ty, $method:ident) => {
        impl Method for $name {
            type Answer = $answer;

            const MAY_BE_SHORT: bool = true;

            #[inline(always)]
            fn send<'c>(
                channel: Channel<'c>,
                statement: Statement,
            ) -> BoxFuture<'c, Result<$answer, DbErr>> {
                channel.$method(statement)
            }
        }

        impl MethodInTransaction for $name {
            fn send_in(
                transaction: &DatabaseTransaction,
                statement: Statement,
            ) -> BoxFuture<'_, Result<$answer, DbErr>> {
                transaction.$method(statement)
            }
        }
    };
}

method!(Execute, ExecResult, execute_raw);
method!(QueryOne, Option<QueryResult>, query_one_raw);
method!(QueryAll, Vec<QueryResult>, query_all_raw);

impl Method for ExecuteUnprepared {
    type Answer = ExecResult;

    const MAY_BE_SHORT: bool = false;

    fn send<'c>(
        channel: Channel<'c>,
        statement: Statement,
    ) -> BoxFuture<'c, Result<ExecResult, DbErr>> {
        Box::pin(async move { channel.execute_unprepared(&statement.sql).await })
    }
}

impl MethodInTransaction for ExecuteUnprepared {
    fn send_in(
        transaction: &DatabaseTransaction,
        statement: Statement,
    ) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        Box::pin(async move { transaction.execute_unprepared(&statement.sql).await })
    }
}
