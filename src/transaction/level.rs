use std::{
    future::ready,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::OnceCell;

use super::{Branch, beginning::Beginning};
use crate::{
    database::RoutingDatabase,
    dispatch::while_well,
    modification::Journal,
    node::{Node, Role, TransactionTicket},
};

/// One `BEGIN` or `SAVEPOINT`.
pub(super) struct Level {
    pub(super) options: TransactionOptions,
    // Before `parent`, so that the savepoint is gone before its transaction is.
    pub(super) places: Places,
    pub(super) parent: Option<Arc<Level>>,
    /// What it has changed, if somebody wants to know.
    pub(super) journal: Journal,
    /// Whether catalogues may tell something else after its end; known to the outermost level.
    pub(super) defines: AtomicBool,
    /// Where it is one of several that end together.
    pub(super) branch: Option<Branch>,
}

type Opening<'l> = Pin<Box<dyn Future<Output = Result<&'l Opened, DbErr>> + Send + 'l>>;

#[derive(Clone, Copy)]
enum Place {
    First,
    Second,
}

/// A level that the server knows of.
pub(crate) struct Opened {
    // Before `work`, which ends when the connection is back.
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) node: Arc<Node>,
    /// A savepoint's is that of its transaction.
    pub(super) work: Option<TransactionTicket>,
}

/// Where a level is open.
#[derive(Default)]
pub(super) struct Places {
    first: OnceCell<Opened>,
    /// Where it was opened again, because a slave could not answer its first statement. The first place rolls back with
    /// the level.
    second: OnceCell<Opened>,
    /// Whether a statement has been answered, so that no other node may take over.
    has_answered: AtomicBool,
    /// Whether the connection of the first place may have kept something of the statement that was refused there.
    is_spoilt: AtomicBool,
}

impl Places {
    pub(super) fn get(&self) -> Option<&Opened> {
        self.second.get().or_else(|| self.first.get())
    }

    pub(super) fn into_inner(mut self) -> Option<Opened> {
        match self.second.take() {
            None => self.first.take(),
            Some(second) => {
                self.leave_first();
                Some(second)
            }
        }
    }

    /// Rolls back where a slave refused the first statement, and leaves nothing there.
    fn leave_first(&mut self) {
        if let Some(Opened {
            transaction, node, ..
        }) = self.first.take()
        {
            drop(transaction);
            if *self.is_spoilt.get_mut() {
                node.renew();
            }
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if self.second.get().is_some() {
            self.leave_first();
        }
    }
}

impl Level {
    /// Whether `opened` is where the transaction began, on a slave, and nothing was answered there.
    pub(super) fn may_begin_elsewhere(&self, opened: &Opened) -> bool {
        let places = &self.root().places;
        opened.node.role == Role::Slave
            && places.second.get().is_none()
            && !places.has_answered.load(Ordering::Acquire)
    }

    pub(super) fn note_answer(&self) {
        let places = &self.root().places;
        places.has_answered.store(true, Ordering::Release);
    }

    /// Notes that the first statement had begun where it was refused.
    pub(super) fn note_spoilt(&self) {
        let places = &self.root().places;
        places.is_spoilt.store(true, Ordering::Release);
    }

    fn root(&self) -> &Self {
        match &self.parent {
            Some(parent) => parent.root(),
            None => self,
        }
    }

    pub(super) fn root_options(&self) -> TransactionOptions {
        self.parent
            .as_ref()
            .map_or(self.options, |parent| parent.root_options())
    }

    /// Notes that something was defined.
    pub(super) fn note_definition(&self) {
        match &self.parent {
            Some(parent) => parent.note_definition(),
            None => self.defines.store(true, Ordering::Relaxed),
        }
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
    pub(super) fn open_level(&self) -> Option<&Opened> {
        let outer = || self.parent.as_deref().and_then(Level::open_level);
        self.places.get().or_else(outer)
    }

    /// Sends this level's `BEGIN` or `SAVEPOINT`, and those around it, unless they have been sent.
    ///
    /// Cancel safe: a level whose future is dropped is not open, and what it began is rolled back. Until then, this
    /// level's parent can't commit.
    pub(super) fn open_on<'l>(
        &'l self,
        node: &Arc<Node>,
        database: &'l RoutingDatabase,
    ) -> Opening<'l> {
        match self.places.get() {
            Some(opened) => Box::pin(ready(Ok(opened))),
            None => self.open_in(Place::First, node.clone(), database),
        }
    }

    /// The same for a transaction whose slave could not answer its first statement: all its levels are opened again.
    ///
    /// Cancel safe as [`open_on`](Self::open_on).
    pub(super) fn open_again_on<'l>(
        &'l self,
        node: &Arc<Node>,
        database: &'l RoutingDatabase,
    ) -> Opening<'l> {
        self.open_in(Place::Second, node.clone(), database)
    }

    fn open_in<'l>(
        &'l self,
        place: Place,
        mut node: Arc<Node>,
        database: &'l RoutingDatabase,
    ) -> Opening<'l> {
        let cell = match place {
            Place::First => &self.places.first,
            Place::Second => &self.places.second,
        };
        Box::pin(cell.get_or_try_init(async move || {
            let options = self.options_on(&node);
            let (transaction, work) = match &self.parent {
                None => {
                    database.dispatcher.record_transaction(&node, "BEGIN");
                    let work = TransactionTicket::new(node.clone(), database.scope.session);
                    let connection = node.connection.clone();
                    let branch = self.branch.clone();
                    let begin = async move { begin(&connection, options, branch).await };
                    let mut beginning = Beginning::new(begin, Some(work));
                    let begun = while_well(&node, &mut beginning).await;
                    let work = beginning.take_work();
                    (begun?, work)
                }
                Some(parent) => {
                    let parent = parent.clone();
                    // Perhaps it has been opened before, elsewhere.
                    let opening = match place {
                        Place::First => parent.open_on(&node, database),
                        Place::Second => parent.open_again_on(&node, database),
                    };
                    node = opening.await?.node.clone();
                    database.dispatcher.record_transaction(&node, "SAVEPOINT");
                    let savepoint = async move {
                        let outer = parent.places.get().expect("it was opened before");
                        outer.transaction.begin_with_options(options).await
                    };
                    let beginning = Beginning::new(savepoint, None);
                    (while_well(&node, beginning).await?, None)
                }
            };
            Ok(Opened {
                transaction,
                node,
                work,
            })
        }))
    }

    /// The transaction's work, which its savepoints are part of.
    pub(super) fn work(&self) -> Option<&TransactionTicket> {
        match &self.parent {
            Some(parent) => parent.work(),
            None => self.places.get()?.work.as_ref(),
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
