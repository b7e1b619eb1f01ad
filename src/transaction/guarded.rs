use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use tokio::runtime::Handle;

use crate::node::Node;

/// The driver's transaction. Its connection does not go back to the pool of a slave if something may have stayed on it.
pub(crate) struct Guarded {
    /// Gone when it has ended.
    transaction: Option<DatabaseTransaction>,
    node: Arc<Node>,
    is_stained: AtomicBool,
}

impl Guarded {
    pub(super) fn new(transaction: DatabaseTransaction, node: &Arc<Node>) -> Self {
        Self {
            transaction: Some(transaction),
            node: node.clone(),
            is_stained: AtomicBool::new(false),
        }
    }

    /// Something may stay on the connection.
    pub(super) fn stain(&self) {
        // SQLite has no sessions.
        let has_session = self.get_database_backend() != DbBackend::Sqlite;
        self.is_stained.store(has_session, Ordering::Relaxed);
    }

    /// The transaction, to be ended as any other one; `None` if its connection had to end with it.
    pub(crate) async fn unstained(mut self) -> Option<DatabaseTransaction> {
        let transaction = self.transaction.take()?;
        if !self.is_stained.load(Ordering::Relaxed) {
            return Some(transaction);
        }
        // On its own, so that it ends whoever waits.
        let _ = tokio::spawn(end_connection(transaction)).await;
        None
    }

    /// The transaction, for who ends it otherwise.
    pub(crate) fn into_inner(mut self) -> DatabaseTransaction {
        let transaction = self.transaction.take();
        transaction.expect("it is taken once, with what holds it")
    }
}

impl Deref for Guarded {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        let transaction = self.transaction.as_ref();
        transaction.expect("it is taken once, with what holds it")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let is_stained = self.is_stained.load(Ordering::Relaxed);
        if self.transaction.is_some() {
            // Perhaps in the middle of an answer.
            self.node.note_given_up();
        }
        let Some(transaction) = self.transaction.take().filter(|_| is_stained) else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(end_connection(transaction));
        }
    }
}

/// Rolls back by ending the connection: nothing else forgets all that a session may hold. The pool finds out when it gets
/// it back.
async fn end_connection(transaction: DatabaseTransaction) {
    let end = match transaction.get_database_backend() {
        // A role that was set may not end the session of the one that logged in, and an aborted transaction nothing.
        DbBackend::Postgres => {
            "ROLLBACK; RESET SESSION AUTHORIZATION; \
             SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())"
        }
        _ => "KILL CONNECTION_ID()",
    };
    // Its answer is that the connection has ended.
    let _ = transaction.execute_unprepared(end).await;
}
