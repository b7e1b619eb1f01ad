use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use crate::{
    database::RoutingDatabase, dispatch::Decision, error::RoutingError, node::Node,
    observe::Refusal, transaction::RoutingTransaction,
};

/// Runs a statement on its node, and once on the master if a slave refuses it as a write: the slave has then done
/// nothing. `$spare` is the statement again.
macro_rules! run {
    ($db:ident, $decision:ident, $method:ident, $statement:expr, $spare:expr) => {
        match $decision.node.connection.$method($statement).await {
            Err(error) => match $decision.healable(&error) {
                Some(refusal) => {
                    let spare = $spare;
                    let master = $db.heal($decision, refusal, &error, &spare.sql)?;
                    master.connection.$method(spare).await
                }
                None => Err(error),
            },
            result => result,
        }
    };
}

macro_rules! run_raw {
    ($db:ident, $statement:ident, $method:ident) => {{
        let decision = $db.send($statement.db_backend, &$statement.sql)?;
        match decision.may_heal() {
            true => {
                let spare = $statement.clone();
                run!($db, decision, $method, $statement, spare)
            }
            false => decision.node.connection.$method($statement).await,
        }
    }};
}

macro_rules! run_built {
    ($db:ident, $builder:ident, $method:ident) => {{
        let (decision, statement) = $db.send_built($builder)?;
        let backend = statement.db_backend;
        run!($db, decision, $method, statement, backend.build($builder))
    }};
}

impl RoutingDatabase {
    /// The recorded decision for a statement that SeaORM or the user has rendered.
    pub(crate) fn send(&self, backend: DbBackend, sql: &str) -> Result<Decision, RoutingError> {
        let decision = self.dispatcher.decide(&self.scope, backend, sql)?;
        let decision = self.fit(decision, backend, sql)?;
        self.dispatcher.record(&decision, sql);
        Ok(decision)
    }

    /// The recorded decision for a statement that is rendered here, in the node's dialect.
    pub(crate) fn send_built<S: StatementBuilder>(
        &self,
        builder: &S,
    ) -> Result<(Decision, Statement), RoutingError> {
        let built = self.get_database_backend().build(builder);
        let decision = self
            .dispatcher
            .decide(&self.scope, built.db_backend, &built.sql)?;
        let (decision, statement) = self.fit_built(decision, built, builder)?;
        self.dispatcher.record(&decision, &statement.sql);
        Ok((decision, statement))
    }

    /// The master, for a statement that a slave refused.
    pub(crate) fn heal(
        &self,
        refused: Decision,
        refusal: Refusal,
        error: &DbErr,
        sql: &str,
    ) -> Result<Arc<Node>, RoutingError> {
        self.dispatcher
            .record_refusal(&refused, refusal, error, sql);
        let healed = self.dispatcher.on_master(refused)?;
        self.dispatcher.record(&healed, sql);
        Ok(healed.node)
    }
}

/// Each statement runs on the node that its route names; a driver's error comes back unchanged.
///
/// A read that a slave refuses as a write runs once on the master, which is where it goes from then on; nothing
/// else is sent twice. Dropping a future drops the statement as it would on a `DatabaseConnection`.
#[async_trait]
impl ConnectionTrait for RoutingDatabase {
    /// The backend of the handle's bind: of the default bind for the bare handle.
    fn get_database_backend(&self) -> DbBackend {
        self.home.connection.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        run_raw!(self, stmt, execute_raw)
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        run_built!(self, stmt, execute_raw)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let Some(backend) = self.home.backend else {
            return self.home.connection.execute_unprepared(sql).await;
        };
        let decision = self.send(backend, sql)?;
        match decision.node.connection.execute_unprepared(sql).await {
            Err(error) => match decision.healable(&error) {
                Some(refusal) => {
                    let master = self.heal(decision, refusal, &error, sql)?;
                    master.connection.execute_unprepared(sql).await
                }
                None => Err(error),
            },
            result => result,
        }
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        run_raw!(self, stmt, query_one_raw)
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        run_built!(self, stmt, query_one_raw)
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run_raw!(self, stmt, query_all_raw)
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        run_built!(self, stmt, query_all_raw)
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
