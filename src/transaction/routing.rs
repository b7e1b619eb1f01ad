use std::{fmt, sync::Arc};

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement, StatementBuilder,
    TransactionOptions,
};
use tokio::sync::OnceCell;

use super::{Branch, Opened, Running, level::Level};
use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, NodeScope, still_serves, was_left, was_replaced},
    error::RoutingError,
    modification::Journal,
    names::BindName,
    node::{Node, Role},
    observe::is_unsent,
    route::Route,
};

/// A transaction on one bind, which is the bind of its first statement unless the handle that began it has one.
///
/// SeaORM's nested save calls `begin()` before any entity is known, so `BEGIN` is sent with the first statement.
/// A handle of one bind (`db.bind("reports")?.begin()`) and a database of one bind send it at once. All
/// statements run on one node: the master, or a slave if the transaction was begun read-only or by a handle
/// that is pinned to one. A statement for another bind is a [`RoutingError::OtherTransaction`].
///
/// Dropped without [`commit`](sea_orm::TransactionSession::commit) it rolls back, also when a statement's future
/// was dropped half-way.
pub struct RoutingTransaction {
    pub(crate) database: RoutingDatabase,
    pub(super) level: Arc<Level>,
}

impl RoutingTransaction {
    pub(crate) async fn begin(
        database: RoutingDatabase,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let transaction = Self::new(database, options, None, None);
        if let Some(bind) = transaction.certain_bind() {
            transaction.wait_for_master(&bind).await?;
            let node = transaction.begin_on(&bind)?;
            transaction.open(&node).await?;
        }
        Ok(transaction)
    }

    /// One that begins with its first statement, as a part of several that end together; `database` is a handle of its
    /// bind.
    pub(crate) fn branch(database: RoutingDatabase, branch: Option<Branch>) -> Self {
        Self::new(database, TransactionOptions::default(), None, branch)
    }

    /// Begins it now, if it has not begun.
    pub(crate) async fn open_now(&self, bind: &BindName) -> Result<&DatabaseTransaction, DbErr> {
        if let Some(opened) = self.level.opened.get() {
            return Ok(&opened.transaction);
        }
        self.wait_for_master(bind).await?;
        let opened = self.open(&self.begin_on(bind)?).await?;
        Ok(&opened.transaction)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.level.opened.get().is_some()
    }

    /// Opens this level, on another node if that has become the master meanwhile: a `BEGIN` that failed did nothing.
    async fn open(&self, node: &Arc<Node>) -> Result<&Opened, DbErr> {
        let error = match self.level.open_on(node.clone(), &self.database).await {
            Err(error) if self.level.parent.is_none() => error,
            opened => return opened,
        };
        let dispatcher = &self.database.dispatcher;
        let is_fault = dispatcher.note_error(node, &error);
        if !is_fault && !is_unsent(&error) && !was_replaced(&error) && !was_left(&error) {
            return Err(error);
        }
        let next = match node.role {
            Role::Master => dispatcher.next_master(&self.database.scope, node).await,
            Role::Slave => dispatcher
                .begin_on(
                    &self.database.scope,
                    &node.bind,
                    self.is_read_only(),
                    Some(node),
                )
                .ok(),
        };
        match next.filter(|next| !Arc::ptr_eq(next, node)) {
            Some(next) => self.level.open_on(next, &self.database).await,
            None => Err(error),
        }
    }

    /// A nested transaction is a savepoint of this one; it is set at once where the transaction is open.
    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let parent = Some(self.level.clone());
        let nested = Self::new(self.database.clone(), options, parent, None);
        if let Some(opened) = self.level.opened.get() {
            nested
                .level
                .open_on(opened.node.clone(), &nested.database)
                .await?;
        }
        Ok(nested)
    }

    fn new(
        database: RoutingDatabase,
        options: TransactionOptions,
        parent: Option<Arc<Level>>,
        branch: Option<Branch>,
    ) -> Self {
        let level = Arc::new(Level {
            options,
            opened: OnceCell::new(),
            parent,
            journal: Journal::default(),
            branch,
        });
        Self { database, level }
    }

    /// Where `statement` would go in this transaction, and why, without running it.
    ///
    /// # Errors
    /// The [`RoutingError`] that running the statement would give.
    pub fn route(&self, statement: &Statement) -> Result<Route, RoutingError> {
        Ok(self.decide(statement.db_backend, &statement.sql)?.route())
    }

    /// The node's transaction for a statement that SeaORM or the user has rendered; opened if it is the first.
    pub(crate) async fn opened_for(
        &self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Running<'_>, DbErr> {
        self.wait_for_first(backend, sql).await?;
        let decision = self.decide(backend, sql)?;
        self.run_on(decision, backend, sql).await
    }

    /// The node's transaction for a statement that is rendered here, in the node's dialect.
    pub(crate) async fn opened_for_builder<S: StatementBuilder>(
        &self,
        backend: DbBackend,
        builder: &S,
    ) -> Result<(Running<'_>, Statement), DbErr> {
        if self.node().is_none() {
            let built = backend.build(builder);
            self.wait_for_first(backend, &built.sql).await?;
        }
        let (decision, statement) = self.prepare(backend, builder)?;
        let running = self
            .run_on(decision, statement.db_backend, &statement.sql)
            .await?;
        Ok((running, statement))
    }

    /// The decision for a statement and the statement in the dialect of its node.
    pub(crate) fn prepare<S: StatementBuilder>(
        &self,
        backend: DbBackend,
        builder: &S,
    ) -> Result<(Decision, Statement), RoutingError> {
        let built = backend.build(builder);
        let decision = self.decide_unfit(backend, &built.sql)?;
        self.database.fit_built(decision, built, builder)
    }

    pub(crate) async fn run_on(
        &self,
        mut decision: Decision,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Running<'_>, DbErr> {
        let dispatcher = &self.database.dispatcher;
        let opened = self.open(&decision.node).await?;
        if !Arc::ptr_eq(&opened.node, &decision.node) {
            // Another task's first statement opened the transaction meanwhile, perhaps on another bind.
            decision = self.decide(backend, sql)?;
        }
        dispatcher.record_in(&decision, sql);
        if let (Some(work), Some(tables)) = (self.level.work(), decision.changed_tables()) {
            work.note_change(&tables);
        }
        let pending = dispatcher.expect_in(&self.level.journal, &decision, sql);
        Ok(Running {
            opened,
            pending,
            dispatcher,
        })
    }

    /// The node of the innermost open level; `None` before the first statement.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.level.open_level().map(|opened| &opened.node)
    }

    /// The node's transaction for statements that are not seen here, if it has begun.
    pub(crate) fn lend(&self) -> Option<&DatabaseTransaction> {
        let opened = self.level.opened.get()?;
        if let Some(work) = self.level.work() {
            work.note_change(&[]);
        }
        let modifications = &self.database.dispatcher.modifications;
        modifications.expect_unseen(&self.level.journal, &opened.node.bind);
        Some(&opened.transaction)
    }

    /// The node's transaction, which its new owner ends.
    pub(crate) fn give_away(self) -> Option<Opened> {
        self.into_level().ok()?.opened.into_inner()
    }

    /// The level alone, if no nested transaction needs it any more.
    pub(super) fn into_level(self) -> Result<Level, RoutingError> {
        Arc::into_inner(self.level).ok_or(RoutingError::NestedOpen)
    }

    fn decide(&self, backend: DbBackend, sql: &str) -> Result<Decision, RoutingError> {
        let decision = self.decide_unfit(backend, sql)?;
        self.database.fit(decision, backend, sql)
    }

    /// The decision before the node's dialect has been looked at.
    fn decide_unfit(&self, backend: DbBackend, sql: &str) -> Result<Decision, RoutingError> {
        let dispatcher = &self.database.dispatcher;
        let node = match (self.node(), self.certain_bind()) {
            (Some(node), _) => {
                still_serves(node)?;
                node.clone()
            }
            (None, Some(bind)) => self.begin_on(&bind)?,
            (None, None) => {
                self.begin_on(&dispatcher.transaction_bind(&self.database.scope, backend, sql)?)?
            }
        };
        dispatcher.decide_in(&node, &self.database.scope, backend, sql)
    }

    fn begin_on(&self, bind: &BindName) -> Result<Arc<Node>, RoutingError> {
        self.database
            .dispatcher
            .begin_on(&self.database.scope, bind, self.is_read_only(), None)
    }

    /// Before the first statement of a transaction that needs the master, it waits for one.
    pub(crate) async fn wait_for_first(
        &self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<(), RoutingError> {
        if self.node().is_some() {
            return Ok(());
        }
        let database = &self.database;
        let bind = match self.certain_bind() {
            Some(bind) => bind,
            None => database
                .dispatcher
                .transaction_bind(&database.scope, backend, sql)?,
        };
        self.wait_for_master(&bind).await
    }

    /// Where a transaction that needs the master begins, it waits for one.
    async fn wait_for_master(&self, bind: &BindName) -> Result<(), RoutingError> {
        let database = &self.database;
        match self.begins_on_master() {
            true => database.dispatcher.master_of(bind).await.map(drop),
            false => Ok(()),
        }
    }

    fn begins_on_master(&self) -> bool {
        match &self.database.scope.node {
            NodeScope::Split => !self.is_read_only(),
            NodeScope::Master => true,
            NodeScope::Slave | NodeScope::Named(_) => false,
        }
    }

    fn is_read_only(&self) -> bool {
        let options = self.level.root_options();
        // A PostgreSQL standby has no serializable transactions.
        options.access_mode == Some(AccessMode::ReadOnly)
            && options.isolation_level != Some(IsolationLevel::Serializable)
    }

    fn certain_bind(&self) -> Option<BindName> {
        self.database.dispatcher.certain_bind(&self.database.scope)
    }
}

impl fmt::Debug for RoutingTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingTransaction")
            .field("node", &self.node().map(|node| node.key()))
            .field("options", &self.level.options)
            .finish_non_exhaustive()
    }
}
