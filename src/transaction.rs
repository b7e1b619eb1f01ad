use std::{fmt, pin::Pin, sync::Arc};

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement, StatementBuilder,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::OnceCell;

use crate::{
    beginning::Beginning,
    bind::BindName,
    database::RoutingDatabase,
    dispatch::{
        Decision, NodeScope, is_unsent, may_have_run, still_serves, was_replaced, while_serving,
    },
    error::RoutingError,
    modification::{CommitNews, Journal, Pending, Rows},
    node::{Node, Role, TransactionTicket},
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
    level: Arc<Level>,
}

/// One `BEGIN` or `SAVEPOINT`.
struct Level {
    options: TransactionOptions,
    // Before `parent`, so that the savepoint is gone before its transaction is.
    opened: OnceCell<Opened>,
    parent: Option<Arc<Level>>,
    /// What it has changed, if somebody wants to know.
    journal: Journal,
}

/// A statement of an open level, about to run.
pub(crate) struct Running<'l> {
    opened: &'l Opened,
    pending: Option<Pending>,
}

/// A level that the server knows of.
pub(crate) struct Opened {
    // Before `work`, which ends when the connection is back.
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) node: Arc<Node>,
    /// A savepoint's is that of its transaction.
    work: Option<TransactionTicket>,
}

impl RoutingTransaction {
    pub(crate) async fn begin(
        database: RoutingDatabase,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let transaction = Self::new(database, options, None);
        if let Some(bind) = transaction.certain_bind() {
            transaction.wait_for_master(&bind).await?;
            let node = transaction.begin_on(&bind)?;
            transaction.open(&node).await?;
        }
        Ok(transaction)
    }

    /// Opens this level, on another node if that has become the master meanwhile: a `BEGIN` that failed did nothing.
    async fn open(&self, node: &Arc<Node>) -> Result<&Opened, DbErr> {
        let error = match self.level.open_on(node.clone(), &self.database).await {
            Err(error) if self.level.parent.is_none() => error,
            opened => return opened,
        };
        let dispatcher = &self.database.dispatcher;
        let is_fault = dispatcher.note_error(node, &error);
        if !is_fault && !is_unsent(&error) && !was_replaced(&error) {
            return Err(error);
        }
        match dispatcher.next_master(&self.database.scope, node).await {
            Some(next) => self.level.open_on(next, &self.database).await,
            None => Err(error),
        }
    }

    /// A nested transaction is a savepoint of this one; it is set at once where the transaction is open.
    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let nested = Self::new(self.database.clone(), options, Some(self.level.clone()));
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
    ) -> Self {
        let level = Arc::new(Level {
            options,
            opened: OnceCell::new(),
            parent,
            journal: Journal::default(),
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
        let dispatcher = &*self.database.dispatcher;
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
        Ok(Running { opened, pending })
    }

    /// The node of the innermost open level; `None` before the first statement.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.level.open_level().map(|opened| &opened.node)
    }

    /// Commits; a transaction without statements has nothing to commit.
    ///
    /// Not cancel safe: dropped half-way, it may or may not have committed.
    ///
    /// # Errors
    /// [`RoutingError::NestedOpen`] while a nested transaction is open, which then rolls back; else the driver's.
    pub async fn commit(self) -> Result<(), DbErr> {
        let dispatcher = self.database.dispatcher.clone();
        let Level {
            opened,
            parent,
            journal,
            ..
        } = self.into_level()?;
        let Some(opened) = opened.into_inner() else {
            return Ok(());
        };
        // Dropped, it rolls back.
        still_serves(&opened.node)?;
        let sql = parent.as_ref().map_or("COMMIT", |_| "RELEASE SAVEPOINT");
        dispatcher.record_transaction(&opened.node, sql);
        let Opened {
            transaction,
            node,
            work,
        } = opened;
        let told = CommitNews::new(
            &dispatcher.modifications,
            &journal,
            parent.as_ref().map(|parent| &parent.journal),
        );
        let committed = while_serving(&node, transaction.commit()).await;
        drop(work);
        told.settle(&committed, may_have_run);
        committed?;
        // What the old master did after another one took over may be lost.
        Ok(still_serves(&node)?)
    }

    /// Rolls back; a transaction without statements has nothing to roll back.
    ///
    /// Cancel safe: dropped half-way, the connection rolls back before its next use.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub async fn rollback(self) -> Result<(), DbErr> {
        let dispatcher = self.database.dispatcher.clone();
        let Level { opened, parent, .. } = self.into_level()?;
        let Some(opened) = opened.into_inner() else {
            return Ok(());
        };
        let sql = parent
            .as_ref()
            .map_or("ROLLBACK", |_| "ROLLBACK TO SAVEPOINT");
        dispatcher.record_transaction(&opened.node, sql);
        let Opened {
            transaction,
            node,
            work,
        } = opened;
        let rolled_back = while_serving(&node, transaction.rollback()).await;
        drop(work);
        // The pool is closed then, and the server rolls back what was open there.
        rolled_back.or_else(|error| match was_replaced(&error) {
            true => Ok(()),
            false => Err(error),
        })
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
    fn into_level(self) -> Result<Level, RoutingError> {
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
            .begin_on(&self.database.scope, bind, self.is_read_only())
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

impl<'l> Running<'l> {
    pub(crate) fn transaction(&self) -> &'l DatabaseTransaction {
        &self.opened.transaction
    }

    /// Waits for the statement's `work`, unless the transaction is lost meanwhile.
    pub(crate) async fn run<T: Rows>(
        self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let result = self.opened.run(work).await;
        match (self.pending, &result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(_)) => pending.forget(),
            (None, _) => {}
        }
        result
    }
}

impl Opened {
    /// Waits for `work`, unless the transaction is lost meanwhile.
    async fn run<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        while_serving(&self.node, work).await
    }
}

impl Level {
    fn root_options(&self) -> TransactionOptions {
        self.parent
            .as_ref()
            .map_or(self.options, |parent| parent.root_options())
    }

    /// What was asked for, but that a slave's session stays read-only.
    fn options_on(&self, node: &Node) -> TransactionOptions {
        let mut options = self.options;
        if node.role == Role::Slave && options.access_mode == Some(AccessMode::ReadWrite) {
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        options
    }

    /// This level or the nearest one around it that is open.
    fn open_level(&self) -> Option<&Opened> {
        let outer = || self.parent.as_deref().and_then(Level::open_level);
        self.opened.get().or_else(outer)
    }

    /// Sends this level's `BEGIN` or `SAVEPOINT`, and those around it, unless they have been sent.
    ///
    /// Cancel safe: a level whose future is dropped is not open, and what it began is rolled back. Until then, this
    /// level's parent can't commit.
    fn open_on<'l>(
        &'l self,
        node: Arc<Node>,
        database: &'l RoutingDatabase,
    ) -> Pin<Box<dyn Future<Output = Result<&'l Opened, DbErr>> + Send + 'l>> {
        Box::pin(self.opened.get_or_try_init(async move || {
            let options = self.options_on(&node);
            let (transaction, work) = match &self.parent {
                None => {
                    database.dispatcher.record_transaction(&node, "BEGIN");
                    let work = TransactionTicket::new(node.clone(), database.scope.session);
                    let connection = node.connection.clone();
                    let node = node.clone();
                    Beginning::new(async move {
                        let begin = connection.begin_with_options(options);
                        (while_serving(&node, begin).await, Some(work))
                    })
                    .await
                }
                Some(parent) => {
                    let parent = parent.clone();
                    parent.open_on(node.clone(), database).await?;
                    database.dispatcher.record_transaction(&node, "SAVEPOINT");
                    Beginning::new(async move {
                        let outer = parent.opened.get().expect("it was opened before");
                        let savepoint = outer.transaction.begin_with_options(options);
                        (outer.run(savepoint).await, None)
                    })
                    .await
                }
            };
            let transaction = transaction?;
            Ok(Opened {
                transaction,
                node,
                work,
            })
        }))
    }

    /// The transaction's work, which its savepoints are part of.
    fn work(&self) -> Option<&TransactionTicket> {
        match &self.parent {
            Some(parent) => parent.work(),
            None => self.opened.get()?.work.as_ref(),
        }
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
