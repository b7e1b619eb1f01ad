use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use crate::{
    database::RoutingDatabase, error::RoutingError, node::Node, transaction::RoutingTransaction,
};

impl RoutingDatabase {
    /// The node for a statement that SeaORM or the user has rendered.
    pub(crate) fn node_for(
        &self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Arc<Node>, RoutingError> {
        let decision = self.dispatcher.decide(&self.scope, backend, sql)?;
        self.speaks(&decision.node, backend)?;
        decision.record(self.dispatcher.echo(), sql);
        Ok(decision.node)
    }

    /// The node for a statement that is rendered here, in the node's dialect.
    pub(crate) fn node_for_builder<S: StatementBuilder>(
        &self,
        builder: &S,
    ) -> Result<(Arc<Node>, Statement), RoutingError> {
        let built = self.get_database_backend().build(builder);
        let decision = self
            .dispatcher
            .decide(&self.scope, built.db_backend, &built.sql)?;
        let statement = self.in_dialect_of(&decision, built, builder)?;
        decision.record(self.dispatcher.echo(), &statement.sql);
        Ok((decision.node, statement))
    }
}

/// Each statement runs on the node that its route names; a driver's error comes back unchanged.
///
/// Nothing is retried. Dropping a future drops the statement as it would on a `DatabaseConnection`.
#[async_trait]
impl ConnectionTrait for RoutingDatabase {
    /// The backend of the handle's bind: of the default bind for the bare handle.
    fn get_database_backend(&self) -> DbBackend {
        self.home.connection.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let node = self.node_for(stmt.db_backend, &stmt.sql)?;
        node.connection.execute_raw(stmt).await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        let (node, stmt) = self.node_for_builder(stmt)?;
        node.connection.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let node = match self.home.backend {
            Some(backend) => self.node_for(backend, sql)?,
            None => self.home.clone(),
        };
        node.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let node = self.node_for(stmt.db_backend, &stmt.sql)?;
        node.connection.query_one_raw(stmt).await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        let (node, stmt) = self.node_for_builder(stmt)?;
        node.connection.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let node = self.node_for(stmt.db_backend, &stmt.sql)?;
        node.connection.query_all_raw(stmt).await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        let (node, stmt) = self.node_for_builder(stmt)?;
        node.connection.query_all_raw(stmt).await
    }

    fn support_returning(&self) -> bool {
        self.home.connection.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.home.connection.is_mock_connection()
    }
}

/// Each statement runs on the transaction's node; the first one opens it.
#[async_trait]
impl ConnectionTrait for RoutingTransaction {
    /// The backend of the transaction's bind; before its first statement, of the handle's.
    fn get_database_backend(&self) -> DbBackend {
        let node = self.node().unwrap_or(&self.database.home);
        node.connection.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let opened = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        opened.transaction.execute_raw(stmt).await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        let (opened, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        opened.transaction.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let opened = self.opened_for(self.get_database_backend(), sql).await?;
        opened.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let opened = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        opened.transaction.query_one_raw(stmt).await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        let (opened, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        opened.transaction.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let opened = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        opened.transaction.query_all_raw(stmt).await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        let (opened, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        opened.transaction.query_all_raw(stmt).await
    }

    fn support_returning(&self) -> bool {
        let node = self.node().unwrap_or(&self.database.home);
        node.connection.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.database.home.connection.is_mock_connection()
    }
}
