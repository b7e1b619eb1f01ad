use std::fmt::{Debug, Display};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StatementBuilder, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::transaction::{nests, options};
use crate::{
    closure::{CallbackFuture, run},
    distributed::DistributedTransaction,
    error::RoutingError,
    transaction::RoutingTransaction,
};

impl DistributedTransaction {
    pub(super) fn part_for<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<&RoutingTransaction, RoutingError> {
        let backend = ConnectionTrait::get_database_backend(self);
        self.part_of(backend, &backend.build(statement).sql)
    }
}

#[async_trait]
impl ConnectionTrait for DistributedTransaction {
    fn get_database_backend(&self) -> DbBackend {
        self.first().get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.part_of(stmt.db_backend, &stmt.sql)?
            .execute_raw(stmt)
            .await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        self.part_for(stmt)?.execute(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.part_of(self.get_database_backend(), sql)?
            .execute_unprepared(sql)
            .await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.part_of(stmt.db_backend, &stmt.sql)?
            .query_one_raw(stmt)
            .await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        self.part_for(stmt)?.query_one(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.part_of(stmt.db_backend, &stmt.sql)?
            .query_all_raw(stmt)
            .await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.part_for(stmt)?.query_all(stmt).await
    }

    fn support_returning(&self) -> bool {
        self.first().support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.first().is_mock_connection()
    }
}

nests!(DistributedTransaction);

#[async_trait]
impl TransactionSession for DistributedTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        Self::commit(self).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Self::rollback(self).await
    }
}
