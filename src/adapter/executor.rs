use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use sea_orm::{DatabaseConnection, DatabaseExecutor, IntoDatabaseExecutor, Statement};
use tracing::error;

use crate::{
    classify::{Functions, classify},
    database::RoutingDatabase,
    dispatch::Dispatcher,
    freshness::Moment,
    node::Node,
    session::{Memory, SessionId},
    transaction::{Opened, RoutingTransaction},
};

/// How long after a migration has got the master's connection its session reads from there: what runs on it is not
/// seen here.
const UNSEEN_WRITES: Duration = Duration::from_secs(10);

impl<'c> From<&'c RoutingDatabase> for DatabaseExecutor<'c> {
    fn from(database: &'c RoutingDatabase) -> Self {
        database.into_database_executor()
    }
}

/// Migrations run on the master of the handle's bind: `Migrator::up(&db.bind("reports")?, None)`.
impl<'c> IntoDatabaseExecutor<'c> for &'c RoutingDatabase {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        note_unseen(&self.home, self.scope.session());
        let memory = self.home.replication.memory.clone();
        let dispatcher = Arc::downgrade(&self.dispatcher);
        let lent = self
            .home
            .lent(move |info| note_definition(&memory, &dispatcher, info.statement));
        DatabaseExecutor::Connection(lent)
    }
}

impl<'c> From<&'c RoutingTransaction> for DatabaseExecutor<'c> {
    fn from(transaction: &'c RoutingTransaction) -> Self {
        transaction.into_database_executor()
    }
}

/// The node's transaction, if it has begun: a transaction over several binds begins with its first statement, so
/// that one for an executor is begun by a handle of its bind, `db.bind("reports")?.begin()`. Before, the executor has
/// no connection.
impl<'c> IntoDatabaseExecutor<'c> for &'c RoutingTransaction {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        match self.lend() {
            Some(transaction) => DatabaseExecutor::Transaction(transaction),
            None => DatabaseExecutor::Connection(not_begun()),
        }
    }
}

/// As that of a reference; one with an open nested transaction can't be given away and rolls back.
impl IntoDatabaseExecutor<'static> for RoutingTransaction {
    fn into_database_executor(self) -> DatabaseExecutor<'static> {
        let session = self.database.scope.session();
        match self.give_away() {
            Some(Opened {
                transaction, node, ..
            }) => {
                note_unseen(&node, session);
                let until = Moment::now().plus(UNSEEN_WRITES);
                node.replication.memory.note_definition(until);
                DatabaseExecutor::OwnedTransaction(transaction.into_inner())
            }
            None => DatabaseExecutor::Connection(not_begun()),
        }
    }
}

fn not_begun() -> &'static DatabaseConnection {
    static NONE: OnceLock<DatabaseConnection> = OnceLock::new();
    error!(
        "no statement has decided this transaction's bind, or a nested one is open: begin it by a handle of its bind"
    );
    NONE.get_or_init(DatabaseConnection::default)
}

/// Lets `session` read for a while from the master only.
pub(super) fn note_unseen(master: &Node, session: SessionId) {
    let until = Moment::now().plus(UNSEEN_WRITES);
    master.replication.memory.require(session, until);
}

/// Notes a change of the schema by a connection that was lent. It may be in a transaction, and nobody hears of its end.
pub(super) fn note_definition(
    memory: &Memory,
    dispatcher: &Weak<Dispatcher>,
    statement: &Statement,
) {
    let Statement {
        db_backend, sql, ..
    } = statement;
    let class = classify(*db_backend, sql, &Functions::default());
    if class.changes_schema(sql) {
        memory.note_definition(Moment::now().plus(UNSEEN_WRITES));
        if let Some(dispatcher) = dispatcher.upgrade() {
            dispatcher.expect_definition();
        }
    }
}
