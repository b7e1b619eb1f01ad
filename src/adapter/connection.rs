use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, still_serves, was_left, was_replaced, while_well},
    error::RoutingError,
    modification::{Pending, Rows},
    node::Ticket,
    observe::{Refusal, is_unsent},
    transaction::RoutingTransaction,
};

/// Runs a statement on its node. A read that a slave refuses as a write, or fails to serve, goes on to another node:
/// the slave has then done nothing. `$keep` may copy the statement before it is sent, and `$again` makes it of that.
macro_rules! run {
    ($db:ident, $sent:ident, $method:ident, $statement:expr, $keep:expr, $again:expr) => {{
        let (mut sent, mut statement) = ($sent, $statement);
        loop {
            let may_move = sent.may_run_again();
            let kept = may_move.then(|| $keep(&statement));
            match sent
                .attempt(sent.ticket.connection.$method(statement))
                .await
            {
                Err(error) if may_move => {
                    statement = $again(kept);
                    sent = $db.after(sent, error, statement.text()).await?;
                }
                result => {
                    sent.settle(&result);
                    break $db.noted(&sent, result);
                }
            }
        }
    }};
}

macro_rules! run_raw {
    ($db:ident, $statement:ident, $method:ident) => {{
        let sent = $db.send($statement.db_backend, &$statement.sql).await?;
        let again = |kept: Option<Statement>| kept.expect("what may move is kept");
        run!($db, sent, $method, $statement, Statement::clone, again)
    }};
}

macro_rules! run_built {
    ($db:ident, $builder:ident, $method:ident) => {{
        let (decision, statement) = $db.route_built($builder)?;
        let sent = $db.dispatch(decision, &statement.sql).await?;
        let backend = statement.db_backend;
        let again = |_| backend.build($builder);
        run!($db, sent, $method, statement, |_: &Statement| (), again)
    }};
}

/// What a statement says, in whatever form it is sent.
trait Text {
    fn text(&self) -> &str;
}

impl Text for Statement {
    fn text(&self) -> &str {
        &self.sql
    }
}

impl Text for &str {
    fn text(&self) -> &str {
        self
    }
}

/// A statement on its way: why there, and the work that it is.
pub(crate) struct Sent {
    pub(crate) decision: Decision,
    pub(crate) ticket: Ticket,
    /// What it changes, if somebody wants to know.
    pub(crate) pending: Option<Pending>,
}

impl Sent {
    /// Tells what the statement has changed, if it has.
    fn settle<T: Rows>(&mut self, result: &Result<T, DbErr>) {
        match (self.pending.take(), result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(error)) if !RoutingError::may_have_happened(error) => {
                pending.forget()
            }
            _ => {}
        }
    }

    /// Whether the statement may run elsewhere if its node does not: a read, or what has not been sent.
    pub(crate) fn may_run_again(&self) -> bool {
        self.decision.may_move() || self.decision.may_follow_the_master()
    }

    /// Waits for `work`, but not for a slave that goes down meanwhile if another node may serve the statement, nor for one
    /// that has fallen silent, nor for a master that is replaced.
    pub(crate) async fn attempt<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        if !self.decision.may_move() {
            return while_well(&self.ticket, work).await;
        }
        let goes_down = self.ticket.health.goes_down();
        if self.ticket.health.is_down() && self.ticket.replication.is_watched() {
            // It went down while the statement was on its way.
            let node = self.ticket.key();
            return Err(RoutingError::NodeDown { node }.into());
        }
        tokio::select! {
            biased;
            result = work => result,
            () = goes_down => {
                let node = self.ticket.key();
                Err(RoutingError::NodeDown { node }.into())
            }
        }
    }
}

impl RoutingDatabase {
    /// Sends a statement that SeaORM or the user has rendered.
    async fn send(&self, backend: DbBackend, sql: &str) -> Result<Sent, RoutingError> {
        let decision = self.route_raw(backend, sql)?;
        self.dispatch(decision, sql).await
    }

    /// The decision for a statement that SeaORM or the user has rendered.
    pub(crate) fn route_raw(
        &self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let decision = self.dispatcher.decide(&self.scope, backend, sql)?;
        self.fit(decision, backend, sql)
    }

    /// The decision for a statement that is rendered here, in the node's dialect.
    pub(crate) fn route_built<S: StatementBuilder>(
        &self,
        builder: &S,
    ) -> Result<(Decision, Statement), RoutingError> {
        let built = self.get_database_backend().build(builder);
        let decision = self
            .dispatcher
            .decide(&self.scope, built.db_backend, &built.sql)?;
        self.fit_built(decision, built, builder)
    }

    /// Waits for the statement's node where it has to, and records it.
    pub(crate) async fn dispatch(
        &self,
        decision: Decision,
        sql: &str,
    ) -> Result<Sent, RoutingError> {
        let decision = self.dispatcher.settled(decision).await?;
        Ok(self.sent(decision, sql))
    }

    fn sent(&self, decision: Decision, sql: &str) -> Sent {
        let ticket = self.dispatcher.record(&self.scope, &decision, sql);
        let pending = self.dispatcher.expect(&decision, sql);
        Sent {
            decision,
            ticket,
            pending,
        }
    }

    /// The way on for a read that its slave refused as a write or failed to serve, or the error if there is none.
    pub(crate) async fn after(&self, sent: Sent, error: DbErr, sql: &str) -> Result<Sent, DbErr> {
        let Sent {
            decision,
            ticket,
            pending,
        } = sent;
        if let Some(pending) = pending.filter(|_| !RoutingError::may_have_happened(&error)) {
            pending.forget();
        }
        if let Some(refusal) = decision.healable(&error) {
            drop(ticket);
            return Ok(self.heal(decision, refusal, &error, sql)?);
        }
        if decision.may_follow_the_master() {
            let is_fault = self.dispatcher.note_error(&ticket, &error);
            drop(ticket);
            let is_repeatable = decision.is_read() && (is_fault || was_replaced(&error));
            let next = match is_unsent(&error) || is_repeatable {
                true => self.dispatcher.on_new_master(&self.scope, &decision).await,
                false => None,
            };
            return match next {
                Some(next) => Ok(self.dispatch(next, sql).await?),
                None => Err(error),
            };
        }
        let may_move =
            was_left(&error) || self.dispatcher.note_error(&ticket, &error) || is_unsent(&error);
        drop(ticket);
        if !may_move {
            return Err(error);
        }
        match self.dispatcher.elsewhere(&self.scope, &decision) {
            Some(elsewhere) => Ok(self.dispatch(elsewhere?, sql).await?),
            None => Err(error),
        }
    }

    /// The master, for a statement that a slave refused.
    fn heal(
        &self,
        refused: Decision,
        refusal: Refusal,
        error: &DbErr,
        sql: &str,
    ) -> Result<Sent, RoutingError> {
        self.dispatcher
            .record_refusal(&refused, refusal, error, sql);
        let decision = self.dispatcher.on_master(refused)?;
        Ok(self.sent(decision, sql))
    }

    /// Notes what the answer says about the node.
    pub(crate) fn noted<T>(&self, sent: &Sent, result: Result<T, DbErr>) -> Result<T, DbErr> {
        match &result {
            // What the old master did after another one took over may be lost.
            Ok(_) if !sent.decision.is_read() => {
                still_serves(&sent.ticket)?;
                self.dispatcher.note_success(&sent.ticket);
            }
            Ok(_) => self.dispatcher.note_success(&sent.ticket),
            Err(error) => {
                self.dispatcher.note_error(&sent.ticket, error);
            }
        }
        result
    }
}

/// Each statement runs on the node that its route names; a driver's error comes back unchanged.
///
/// A read that a slave refuses as a write runs once on the master, which is where it goes from then on; a read whose node
/// failed before it answered runs on another one. No write is sent twice. Dropping a future drops the statement as it
/// would on a `DatabaseConnection`.
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
        let sent = self.send(backend, sql).await?;
        let again = |_| sql;
        run!(self, sent, execute_unprepared, sql, |_: &&str| (), again)
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
        let running = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        let work = running.transaction().execute_raw(stmt);
        running.run(work).await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        let (running, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        let work = running.transaction().execute_raw(stmt);
        running.run(work).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let running = self.opened_for(self.get_database_backend(), sql).await?;
        let work = running.transaction().execute_unprepared(sql);
        running.run(work).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let running = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        let work = running.transaction().query_one_raw(stmt);
        running.run(work).await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        let (running, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        let work = running.transaction().query_one_raw(stmt);
        running.run(work).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let running = self.opened_for(stmt.db_backend, &stmt.sql).await?;
        let work = running.transaction().query_all_raw(stmt);
        running.run(work).await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        let (running, stmt) = self
            .opened_for_builder(self.get_database_backend(), stmt)
            .await?;
        let work = running.transaction().query_all_raw(stmt);
        running.run(work).await
    }

    fn support_returning(&self) -> bool {
        let node = self.node().unwrap_or(&self.database.home);
        node.connection.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.database.home.connection.is_mock_connection()
    }
}
