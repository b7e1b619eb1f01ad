use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement,
    TransactionOptions,
};
use tokio::sync::OnceCell;

use super::{
    Branch, MethodInTransaction, Opened,
    begin::Begin,
    course::{Settings, Side},
    level::{Level, say},
};
use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, Parcel},
    error::RoutingError,
    modification::Journal,
    names::BindName,
    node::{Node, Role},
    route::Route,
    session::Effect,
};

/// A transaction on one bind. That is the bind of its first statement, unless the handle that began the transaction has a bind.
///
/// SeaORM's nested save calls `begin()` before any entity is known, so `BEGIN` is sent with the first statement.
/// A handle of one bind (`db.bind("reports")?.begin()`) and a database of one bind send `BEGIN` at once, unless the transaction is read-only
/// and slaves may serve it.
///
/// All statements run on the master, with two exceptions. A transaction of a handle that is pinned to a slave runs there. A read-only
/// transaction begins on a slave if its first statement is a proven read, and what a slave can't do runs on the
/// master. A statement for another bind is a [`RoutingError::OtherTransaction`].
///
/// A transaction that is dropped without [`commit`](sea_orm::TransactionSession::commit) rolls back, also when a statement's future
/// was dropped half-way.
///
/// ```
/// # use sea_orm::DbErr;
/// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), DbErr> {
/// use sea_orm::{ConnectionTrait, TransactionTrait};
///
/// let transaction = db.begin().await?;
/// transaction.execute_unprepared("UPDATE account SET balance = balance - 1").await?;
/// transaction.execute_unprepared("UPDATE account SET balance = balance + 1").await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
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
        let router = transaction.database.router();
        let waits = |bind: &BindName| transaction.is_read_only() && router.may_choose(bind);
        if let Some(bind) = router.certain_bind().filter(|bind| !waits(bind)) {
            let begin = transaction.begin_on(&bind)?;
            transaction.open(Side::First, begin).await?;
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
        let opened = self.open(Side::First, self.begin_on(bind)?).await?;
        Ok(&opened.transaction)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.level.opened.get().is_some()
    }

    /// Opens this level: on the node of `begin`, or on another one where that does not begin it.
    pub(super) async fn open(&self, side: Side, begin: Decision) -> Result<&Opened, DbErr> {
        let begin = Begin {
            decision: begin,
            level: &self.level,
            side,
            database: &self.database,
        };
        self.database.router().run(begin).await
    }

    /// A nested transaction is a savepoint of this one; it is set at once where the transaction is open.
    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let parent = Some(self.level.clone());
        let nested = Self::new(self.database.clone(), options, parent, None);
        if let Some(opened) = self.level.current() {
            let (side, node) = (self.level.course.side(), &opened.node);
            nested
                .level
                .open_on(side, node, None, None, &nested.database)
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
        let course = parent.as_ref().map(|parent| parent.course.clone());
        let level = Arc::new(Level {
            options,
            beyond: OnceCell::new(),
            settings: Settings::default(),
            course: course.unwrap_or_default(),
            opened: OnceCell::new(),
            parent,
            journal: Journal::default(),
            defines: AtomicBool::default(),
            branch,
        });
        Self { database, level }
    }

    /// Where `statement` would go in this transaction, and why, without running it.
    ///
    /// # Errors
    /// The [`RoutingError`] that running the statement would give.
    pub fn route(&self, statement: &Statement) -> Result<Route, RoutingError> {
        let plan = self.plan(&mut Parcel::given(statement.clone()))?;
        Ok(plan.decision.route())
    }

    /// Sets what another part of a distributed transaction has been told, now or when it begins.
    pub(crate) async fn set(&self, setting: &Statement) -> Result<(), DbErr> {
        if self.told_backend() != Some(setting.db_backend) {
            return Ok(());
        }
        if let Some(opened) = self.level.current() {
            let setting = setting.clone();
            opened.run(say(&opened.transaction, setting)).await?;
        }
        self.level.settings.note(setting.clone());
        Ok(())
    }

    /// The dialect of its bind.
    fn told_backend(&self) -> Option<DbBackend> {
        self.node().unwrap_or(&self.database.home).backend
    }

    /// Sends a statement to the transaction's node; the first one opens it.
    pub(crate) async fn send<M: MethodInTransaction>(
        &self,
        mut parcel: Parcel<'_>,
    ) -> Result<M::Answer, DbErr> {
        let plan = match self.plan(&mut parcel) {
            Ok(plan) => plan,
            Err(error) => Box::pin(self.plan_asking(error, &mut parcel)).await?,
        };
        let running = self.start(plan, &parcel).await?;
        if !running.is_setting() && self.may_begin_elsewhere(running.opened) {
            return Box::pin(self.send_first::<M>(running, parcel)).await;
        }
        let statement = parcel.into_statement();
        let work = M::send_in(running.transaction(), statement);
        running.run(work).await
    }

    /// The node of the innermost open level; `None` before the first statement.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.level.open_level().map(|opened| &opened.node)
    }

    /// The node's transaction for statements that are not seen here, if it has begun.
    pub(crate) fn lend(&self) -> Option<&DatabaseTransaction> {
        let opened = self.level.current()?;
        if opened.node.role == Role::Slave {
            self.level.stain();
        }
        self.level.course.bind();
        if let Some(work) = self.level.work(self.level.course.side()) {
            work.note_change(&Effect {
                on_schema: true,
                ..Effect::default()
            });
        }
        // Whoever it is lent to may define something.
        self.level.note_definition();
        let modifications = &self.database.dispatcher.modifications;
        modifications.expect_unseen(&self.level.journal, &opened.node.bind);
        Some(&opened.transaction)
    }

    /// The node's transaction, which its new owner ends.
    pub(crate) fn give_away(self) -> Option<Opened> {
        let level = self.into_level().ok()?;
        match level.course.side() {
            Side::First => level.opened.into_inner(),
            Side::Beyond => level.beyond.into_inner(),
        }
    }

    /// The level alone, if no nested transaction needs it any more.
    pub(super) fn into_level(self) -> Result<Level, RoutingError> {
        Arc::into_inner(self.level).ok_or(RoutingError::NestedOpen)
    }

    fn begin_on(&self, bind: &BindName) -> Result<Decision, RoutingError> {
        self.database.router().begin_on(bind, self.is_read_only())
    }

    pub(super) fn is_read_only(&self) -> bool {
        let options = self.level.root_options();
        // A PostgreSQL standby has no serializable transactions.
        options.access_mode == Some(AccessMode::ReadOnly)
            && options.isolation_level != Some(IsolationLevel::Serializable)
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
