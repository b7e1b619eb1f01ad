use std::{fmt, pin::Pin, sync::Arc};

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement, StatementBuilder,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::OnceCell;

use crate::{
    bind::BindName,
    database::RoutingDatabase,
    dispatch::{Decision, Dispatcher},
    error::RoutingError,
    node::{Node, Role},
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
}

/// A level that the server knows of.
pub(crate) struct Opened {
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) node: Arc<Node>,
}

impl RoutingTransaction {
    pub(crate) async fn begin(
        database: RoutingDatabase,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let transaction = Self::new(database, options, None);
        if let Some(bind) = transaction.certain_bind() {
            let node = transaction.begin_on(&bind)?;
            transaction
                .level
                .open_on(node, &transaction.database.dispatcher)
                .await?;
        }
        Ok(transaction)
    }

    /// A nested transaction is a savepoint of this one; it is set at once where the transaction is open.
    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let nested = Self::new(self.database.clone(), options, Some(self.level.clone()));
        if let Some(opened) = self.level.opened.get() {
            nested
                .level
                .open_on(opened.node.clone(), &nested.database.dispatcher)
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
    pub(crate) async fn opened_for(&self, backend: DbBackend, sql: &str) -> Result<&Opened, DbErr> {
        let decision = self.decide(backend, sql)?;
        self.run_on(decision, backend, sql).await
    }

    /// The node's transaction for a statement that is rendered here, in the node's dialect.
    pub(crate) async fn opened_for_builder<S: StatementBuilder>(
        &self,
        backend: DbBackend,
        builder: &S,
    ) -> Result<(&Opened, Statement), DbErr> {
        let (decision, statement) = self.prepare(backend, builder)?;
        let opened = self
            .run_on(decision, statement.db_backend, &statement.sql)
            .await?;
        Ok((opened, statement))
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
    ) -> Result<&Opened, DbErr> {
        let dispatcher = &*self.database.dispatcher;
        let opened = self
            .level
            .open_on(decision.node.clone(), dispatcher)
            .await?;
        if !Arc::ptr_eq(&opened.node, &decision.node) {
            // Another task's first statement opened the transaction meanwhile, perhaps on another bind.
            decision = self.decide(backend, sql)?;
        }
        dispatcher.record(&decision, sql);
        Ok(opened)
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
        let Level { opened, parent, .. } = self.into_level()?;
        let Some(opened) = opened.into_inner() else {
            return Ok(());
        };
        let sql = parent.as_ref().map_or("COMMIT", |_| "RELEASE SAVEPOINT");
        dispatcher.record_transaction(&opened.node, sql);
        opened.transaction.commit().await
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
        opened.transaction.rollback().await
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
            (Some(node), _) => node.clone(),
            (None, Some(bind)) => self.begin_on(&bind)?,
            (None, None) => {
                self.begin_on(&dispatcher.transaction_bind(&self.database.scope, backend, sql)?)?
            }
        };
        dispatcher.decide_in(&node, &self.database.scope, backend, sql)
    }

    fn begin_on(&self, bind: &BindName) -> Result<Arc<Node>, RoutingError> {
        let options = self.level.root_options();
        // A PostgreSQL standby has no serializable transactions.
        let read_only = options.access_mode == Some(AccessMode::ReadOnly)
            && options.isolation_level != Some(IsolationLevel::Serializable);
        self.database
            .dispatcher
            .begin_on(&self.database.scope, bind, read_only)
    }

    fn certain_bind(&self) -> Option<BindName> {
        self.database.dispatcher.certain_bind(&self.database.scope)
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
    /// Cancel safe: a level whose future is dropped is not open, and what it began is rolled back.
    fn open_on<'l>(
        &'l self,
        node: Arc<Node>,
        dispatcher: &'l Dispatcher,
    ) -> Pin<Box<dyn Future<Output = Result<&'l Opened, DbErr>> + Send + 'l>> {
        Box::pin(self.opened.get_or_try_init(async move || {
            let transaction = match &self.parent {
                None => {
                    dispatcher.record_transaction(&node, "BEGIN");
                    node.connection
                        .begin_with_options(self.options_on(&node))
                        .await?
                }
                Some(parent) => {
                    let parent = parent.open_on(node.clone(), dispatcher).await?;
                    dispatcher.record_transaction(&node, "SAVEPOINT");
                    parent
                        .transaction
                        .begin_with_options(self.options_on(&node))
                        .await?
                }
            };
            Ok(Opened { transaction, node })
        }))
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
