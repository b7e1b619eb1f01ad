use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

use sea_orm::{
    AccessMode, DatabaseTransaction, DbErr, IsolationLevel, Statement, TransactionOptions,
};

use super::{
    Branch, MethodInTransaction, Opened, Running,
    begin::{Begin, BeginAgain},
    level::{Level, Places},
    plan::Plan,
};
use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, NodeScope, Parcel, still_serves},
    error::RoutingError,
    modification::Journal,
    names::BindName,
    node::{Node, Role},
    observe::has_begun,
    route::Route,
    session::Effect,
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

/// The first statement of a transaction once more, and the `BEGIN` before it.
pub(crate) struct BegunElsewhere<'t> {
    pub(crate) running: Running<'t>,
    pub(crate) begin: Decision,
}

impl RoutingTransaction {
    pub(crate) async fn begin(
        database: RoutingDatabase,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let transaction = Self::new(database, options, None, None);
        if let Some(bind) = transaction.database.router().certain_bind() {
            transaction.open(transaction.begin_on(&bind)?).await?;
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
        if let Some(opened) = self.level.places.get() {
            return Ok(&opened.transaction);
        }
        let opened = self.open(self.begin_on(bind)?).await?;
        Ok(&opened.transaction)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.level.places.get().is_some()
    }

    /// Opens this level: on the node of `begin`, or on another one where that does not begin it.
    async fn open(&self, begin: Decision) -> Result<&Opened, DbErr> {
        let mut beginning = Begin {
            level: &self.level,
            database: &self.database,
        };
        self.database.router().run(begin, &mut beginning).await
    }

    /// A nested transaction is a savepoint of this one; it is set at once where the transaction is open.
    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let parent = Some(self.level.clone());
        let nested = Self::new(self.database.clone(), options, parent, None);
        if let Some(opened) = self.level.places.get() {
            nested.level.open_on(&opened.node, &nested.database).await?;
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
            places: Places::default(),
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
        if self.may_begin_elsewhere(running.opened) {
            return Box::pin(self.send_first::<M>(running, parcel)).await;
        }
        let statement = parcel.into_statement();
        let work = M::send_in(running.transaction(), statement);
        running.run(work).await
    }

    /// Sends the first statement of a transaction that has begun on a slave: nothing is lost if it begins again elsewhere.
    async fn send_first<M: MethodInTransaction>(
        &self,
        running: Running<'_>,
        parcel: Parcel<'_>,
    ) -> Result<M::Answer, DbErr> {
        let opened = running.opened;
        let work = M::send_in(running.transaction(), parcel.copy());
        let error = match running.run(work).await {
            Err(error) => error,
            answer => {
                self.level.note_answer();
                return answer;
            }
        };
        let again = self.begin_elsewhere(opened, error, &parcel).await?;
        let work = M::send_in(again.running.transaction(), parcel.into_statement());
        let answer = again.running.run(work).await;
        answer.inspect_err(|error| self.database.router().note_same_error(&again.begin, error))
    }

    /// Whether the statement that is about to run is the first one of a transaction that has begun on a slave which the
    /// route has chosen.
    pub(crate) fn may_begin_elsewhere(&self, opened: &Opened) -> bool {
        opened.node.role == Role::Slave
            && self.database.scope.node == NodeScope::Split
            && self.level.may_begin_elsewhere(opened)
    }

    /// Notes that the application has seen something of the transaction.
    #[cfg(feature = "stream")]
    pub(crate) fn note_answer(&self) {
        self.level.note_answer();
    }

    /// Begins the transaction again where the first statement may be answered, which its slave refused.
    ///
    /// # Errors
    /// That `error`, if it is no refusal or nobody else may be asked; that of the `BEGIN`.
    pub(crate) async fn begin_elsewhere(
        &self,
        opened: &Opened,
        error: DbErr,
        parcel: &Parcel<'_>,
    ) -> Result<BegunElsewhere<'_>, DbErr> {
        let router = self.database.router();
        if !self.may_begin_elsewhere(opened) {
            return Err(error);
        }
        let Some(begin) = router.begin_elsewhere(&opened.node, &error) else {
            return Err(error);
        };
        if has_begun(&error) {
            self.level.note_spoilt();
        }
        let mut beginning = BeginAgain(Begin {
            level: &self.level,
            database: &self.database,
        });
        let opened = router.run(begin.clone(), &mut beginning).await?;
        let decision = router.decide_again_in(&opened.node, parcel)?;
        Ok(BegunElsewhere {
            running: self.running(opened, &decision, parcel),
            begin,
        })
    }

    /// The decision for a statement, which is rendered again if its node speaks another dialect, and for the `BEGIN`
    /// before it.
    pub(crate) fn plan(&self, parcel: &mut Parcel<'_>) -> Result<Plan, RoutingError> {
        let router = self.database.router();
        let (begin, node) = match self.node() {
            Some(node) => {
                still_serves(node)?;
                (None, node.clone())
            }
            None => {
                let bind = match router.certain_bind() {
                    Some(bind) => bind,
                    None => router.transaction_bind(parcel.backend(), parcel.sql())?,
                };
                let begin = self.begin_on(&bind)?;
                let node = begin.node.clone();
                (Some(begin), node)
            }
        };
        let decision = router.decide_in(&node, parcel.backend(), parcel.sql())?;
        let decision = router.fit_parcel(decision, parcel)?;
        Ok(Plan { begin, decision })
    }

    /// The plan for a statement that had none, if asking the binds for what it names gives one.
    pub(crate) async fn plan_asking(
        &self,
        error: RoutingError,
        parcel: &mut Parcel<'_>,
    ) -> Result<Plan, RoutingError> {
        let router = self.database.router();
        router.ask(error, parcel.backend(), parcel.sql()).await?;
        self.plan(parcel)
    }

    /// Opens the transaction if it has not been, and records the statement that is about to run there.
    pub(crate) async fn start(
        &self,
        plan: Plan,
        parcel: &Parcel<'_>,
    ) -> Result<Running<'_>, DbErr> {
        let Plan {
            begin,
            mut decision,
        } = plan;
        let opened = match begin {
            Some(begin) => self.open(begin).await?,
            None => self.level.open_on(&decision.node, &self.database).await?,
        };
        if !Arc::ptr_eq(&opened.node, &decision.node) {
            // It was opened elsewhere: on a new master, or by another task's first statement, perhaps of another bind.
            let router = self.database.router();
            decision = router.decide_again_in(&opened.node, parcel)?;
        }
        Ok(self.running(opened, &decision, parcel))
    }

    /// Records the statement that is about to run.
    fn running<'t>(
        &'t self,
        opened: &'t Opened,
        decision: &Decision,
        parcel: &Parcel<'_>,
    ) -> Running<'t> {
        let dispatcher = &self.database.dispatcher;
        dispatcher.record(decision, parcel.sql());
        if let (Some(work), Some(effect)) = (self.level.work(), decision.effect()) {
            work.note_change(&effect);
            if decision.defines() {
                self.level.note_definition();
            }
        }
        let pending = dispatcher.expect_in(&self.level.journal, decision, parcel.sql());
        Running {
            opened,
            pending,
            dispatcher,
        }
    }

    /// The node of the innermost open level; `None` before the first statement.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.level.open_level().map(|opened| &opened.node)
    }

    /// The node's transaction for statements that are not seen here, if it has begun.
    pub(crate) fn lend(&self) -> Option<&DatabaseTransaction> {
        let opened = self.level.places.get()?;
        // What is sent by it is answered unseen.
        self.level.note_answer();
        if let Some(work) = self.level.work() {
            work.note_change(&Effect {
                on_schema: true,
                ..Effect::default()
            });
        }
        let modifications = &self.database.dispatcher.modifications;
        modifications.expect_unseen(&self.level.journal, &opened.node.bind);
        Some(&opened.transaction)
    }

    /// The node's transaction, which its new owner ends.
    pub(crate) fn give_away(self) -> Option<Opened> {
        self.into_level().ok()?.places.into_inner()
    }

    /// The level alone, if no nested transaction needs it any more.
    pub(super) fn into_level(self) -> Result<Level, RoutingError> {
        Arc::into_inner(self.level).ok_or(RoutingError::NestedOpen)
    }

    fn begin_on(&self, bind: &BindName) -> Result<Decision, RoutingError> {
        self.database.router().begin_on(bind, self.is_read_only())
    }

    fn is_read_only(&self) -> bool {
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
