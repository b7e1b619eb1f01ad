use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::OnceCell;

use super::{
    Branch,
    beginning::Beginning,
    course::{Course, Settings, Side},
    guarded::Guarded,
};
use crate::{
    classify::asks_for_read_only,
    closure::BoxFuture,
    database::RoutingDatabase,
    dispatch::{still_holds, while_up, while_well},
    driver::Errand,
    modification::Journal,
    node::{Node, Role, TransactionTicket},
    recording::Recorders,
    session::ReadFrom,
};

/// One `BEGIN` or `SAVEPOINT`.
pub(super) struct Level {
    pub(super) options: TransactionOptions,
    // Before `parent`, so that the savepoint is gone before its transaction is.
    pub(super) opened: OnceCell<Opened>,
    /// The same, beyond the node where it has begun.
    pub(super) beyond: OnceCell<Opened>,
    pub(super) parent: Option<Arc<Level>>,
    /// What it has changed, if somebody wants to know.
    pub(super) journal: Journal,
    /// Whether catalogues may tell something else after its end; known to the outermost level.
    pub(super) defines: AtomicBool,
    /// Where it is one of several that end together.
    pub(super) branch: Option<Branch>,
    pub(super) settings: Settings,
    pub(super) course: Arc<Course>,
}

/// A level that the server knows of.
pub(crate) struct Opened {
    // Before `work`, which ends when the connection is back.
    pub(crate) transaction: Guarded,
    pub(crate) node: Arc<Node>,
    /// A savepoint's is that of its transaction.
    pub(super) work: Option<TransactionTicket>,
    /// Who lists its end.
    pub(super) recorder: Option<Arc<Recorders>>,
}

impl Level {
    pub(super) fn root_options(&self) -> TransactionOptions {
        self.parent
            .as_ref()
            .map_or(self.options, |parent| parent.root_options())
    }

    /// Whether its application has said, of the whole or by a statement, that it writes nothing.
    pub(super) fn asks_for_read_only(&self) -> bool {
        let says = |setting: &Statement| asks_for_read_only(setting.db_backend, &setting.sql);
        self.options.access_mode == Some(AccessMode::ReadOnly)
            || self.settings.all().iter().any(says)
            || self
                .parent
                .as_ref()
                .is_some_and(|parent| parent.asks_for_read_only())
    }

    /// Notes that something was defined.
    pub(super) fn note_definition(&self) {
        match &self.parent {
            Some(parent) => parent.note_definition(),
            None => self.defines.store(true, Ordering::Relaxed),
        }
    }

    /// What was asked for, but that a slave's session stays read-only, and one whose session is not ours to set becomes so.
    fn options_on(&self, node: &Node) -> TransactionOptions {
        let mut options = self.options;
        let says_so = !node.has_own_sessions() && options.access_mode.is_none();
        let is_server = node.backend != Some(DbBackend::Sqlite) && self.parent.is_none();
        if node.role == Role::Slave
            && (says_so && is_server || options.access_mode == Some(AccessMode::ReadWrite))
        {
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        options
    }

    /// Where its statements run, if it is open there.
    pub(super) fn current(&self) -> Option<&Opened> {
        self.at(self.course.side()).get()
    }

    fn at(&self, side: Side) -> &OnceCell<Opened> {
        match side {
            Side::First => &self.opened,
            Side::Beyond => &self.beyond,
        }
    }

    /// This level or the nearest one around it that is open.
    pub(super) fn open_level(&self) -> Option<&Opened> {
        let outer = || self.parent.as_deref().and_then(Level::open_level);
        self.current().or_else(outer)
    }

    /// Where the transaction is open beyond the node where it has begun.
    pub(super) fn node_beyond(&self) -> Option<&Arc<Node>> {
        match &self.parent {
            Some(parent) => parent.node_beyond(),
            None => self.beyond.get().map(|opened| &opened.node),
        }
    }

    /// Something may stay on the connections of its slaves.
    pub(super) fn stain(&self) {
        if let Some(parent) = &self.parent {
            return parent.stain();
        }
        let opened = [self.opened.get(), self.beyond.get()];
        for slave in opened.into_iter().flatten() {
            if slave.node.role == Role::Slave {
                slave.transaction.stain();
            }
        }
    }

    /// Sends this level's `BEGIN` or `SAVEPOINT`, and those around it, unless they have been sent. The first one may rely
    /// on what was known of the node after it had been set back so often; `from` tells whose node it is to its session.
    ///
    /// Cancel safe: a level whose future is dropped is not open, and what it began is rolled back. Until then, this
    /// level's parent can't commit.
    pub(super) fn open_on<'l>(
        &'l self,
        side: Side,
        node: &Arc<Node>,
        setbacks: Option<u32>,
        from: Option<ReadFrom>,
        database: &'l RoutingDatabase,
    ) -> Pin<Box<dyn Future<Output = Result<&'l Opened, DbErr>> + Send + 'l>> {
        let mut node = node.clone();
        Box::pin(self.at(side).get_or_try_init(async move || {
            let options = self.options_on(&node);
            let settings = self.settings.all();
            let recorder = database.scope.recorder();
            let (transaction, work) = match &self.parent {
                None => {
                    let mut telling =
                        database
                            .dispatcher
                            .tell_transaction(&node, "BEGIN", recorder.clone());
                    let work = TransactionTicket::new(node.clone(), database.scope.session, from);
                    let connection = node.connection.clone();
                    let branch = self.branch.clone();
                    let splits_statements = node.splits_statements();
                    let outfit = database.router().outfit_on(&node);
                    let is_local = node.wears_locally();
                    let local = outfit.as_ref().filter(|_| is_local);
                    let local = local.and_then(|outfit| outfit.for_transaction());
                    let begin = async move {
                        let begun = match splits_statements {
                            true => begin_unnamed(&connection, options).await?,
                            false => begin(&connection, options, branch).await?,
                        };
                        if let Some(local) = local {
                            begun.execute_unprepared(&local).await?;
                        }
                        set(begun, settings).await
                    };
                    let errand = outfit.filter(|_| !is_local).map(Errand::new);
                    let begin: BoxFuture<'static, _> = match errand {
                        Some(errand) => Box::pin(errand.run(begin)),
                        None => Box::pin(begin),
                    };
                    let mut beginning = Beginning::new(begin, Some(work));
                    let begun = while_well(&node, while_up(&node, &mut beginning)).await;
                    telling.end(&begun);
                    let mut work = beginning.take_work();
                    if let (Err(_), Some(work)) = (&begun, &mut work) {
                        work.note_failure();
                    }
                    let begun = begun?;
                    // It is rolled back as it is dropped.
                    still_holds(&node, setbacks)?;
                    (begun, work)
                }
                Some(parent) => {
                    let parent = parent.clone();
                    // Perhaps it has been opened before, elsewhere.
                    node = parent
                        .open_on(side, &node, setbacks, from, database)
                        .await?
                        .node
                        .clone();
                    let telling =
                        database
                            .dispatcher
                            .tell_transaction(&node, "SAVEPOINT", recorder.clone());
                    let savepoint = async move {
                        let outer = parent.at(side).get().expect("it was opened before");
                        let begun = outer.transaction.begin_with_options(options).await?;
                        set(begun, settings).await
                    };
                    let beginning = Beginning::new(savepoint, None);
                    (telling.of(while_well(&node, beginning)).await?, None)
                }
            };
            Ok(Opened {
                transaction: Guarded::new(transaction, &node),
                node,
                work,
                recorder,
            })
        }))
    }

    /// The transaction's work, which its savepoints are part of.
    pub(super) fn work(&self, side: Side) -> Option<&TransactionTicket> {
        match &self.parent {
            Some(parent) => parent.work(side),
            None => self.at(side).get()?.work.as_ref(),
        }
    }
}

impl Opened {
    /// Waits for `work`, unless the transaction is lost meanwhile.
    pub(super) async fn run<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        while_well(&self.node, work).await
    }
}

/// A transaction by a pooler that knows nothing of prepared statements: SeaORM names its own, and others may have left the
/// same names on the session.
async fn begin_unnamed(
    connection: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let transaction = connection.begin().await?;
    let level = options
        .isolation_level
        .map(|level| format!(" ISOLATION LEVEL {level}"));
    let mode = options.access_mode.map(|mode| format!(" {mode}"));
    let set: String = level.into_iter().chain(mode).collect();
    let forget = "DEALLOCATE ALL";
    let sql = match set.is_empty() {
        true => forget.to_owned(),
        false => format!("SET TRANSACTION{set}; {forget}"),
    };
    transaction.execute_unprepared(&sql).await?;
    Ok(transaction)
}

async fn begin(
    connection: &DatabaseConnection,
    options: TransactionOptions,
    branch: Option<Branch>,
) -> Result<DatabaseTransaction, DbErr> {
    let transaction = connection.begin_with_options(options).await?;
    if let Some(start) = branch.and_then(|branch| branch.start(transaction.get_database_backend()))
    {
        transaction.execute_unprepared(&start).await?;
    }
    Ok(transaction)
}

/// The transaction, with what was set before it has begun here.
async fn set(
    transaction: DatabaseTransaction,
    settings: Vec<Statement>,
) -> Result<DatabaseTransaction, DbErr> {
    for statement in settings {
        say(&transaction, statement).await?;
    }
    Ok(transaction)
}

/// Sets something once more. A text without values may hold several statements.
pub(super) async fn say(
    transaction: &DatabaseTransaction,
    setting: Statement,
) -> Result<(), DbErr> {
    let said = match setting.values {
        Some(_) => transaction.execute_raw(setting).await,
        None => transaction.execute_unprepared(&setting.sql).await,
    };
    said.map(drop)
}
