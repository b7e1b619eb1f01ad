use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseExecutor, IntoDatabaseExecutor, Statement};
use tracing::error;

use crate::{
    classify::{Functions, classify},
    database::RoutingDatabase,
    dispatch::Dispatcher,
    driver::closed_like,
    events::ROUTE,
    node::{Lending, Node},
    transaction::{Opened, RoutingTransaction},
};

impl<'c> From<&'c RoutingDatabase> for DatabaseExecutor<'c> {
    fn from(database: &'c RoutingDatabase) -> Self {
        database.into_database_executor()
    }
}

/// Migrations run on the master of the handle's bind: `Migrator::up(&db.bind("reports")?, None)`.
impl<'c> IntoDatabaseExecutor<'c> for &'c RoutingDatabase {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        let Ok(master) = self.present_home().inspect_err(|error| {
            error!(target: ROUTE, %error, "there is no connection to lend");
        }) else {
            return DatabaseExecutor::Connection(closed_like(&self.home.connection));
        };
        DatabaseExecutor::Connection(self.lent_of(master))
    }
}

impl RoutingDatabase {
    /// The connection of a master for code of which nothing else is seen.
    pub(crate) fn lent_of<'n>(&self, master: &'n Node) -> &'n DatabaseConnection {
        let lending = &master.lent_executors;
        lending.on_definition(expecting(&self.dispatcher));
        // What is called holds the pool that the node's lending knows.
        let noted = Arc::downgrade(lending);
        let lent = master.lent(move |info| {
            if let Some(lending) = noted.upgrade() {
                note_definition(&lending, info.statement);
            }
        });
        lending.expect(self.session_id());
        lent
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
            None => DatabaseExecutor::Connection(not_begun(self.told())),
        }
    }
}

/// As that of a reference; one with an open nested transaction can't be given away and rolls back.
impl IntoDatabaseExecutor<'static> for RoutingTransaction {
    fn into_database_executor(self) -> DatabaseExecutor<'static> {
        let session = self.database.session_id();
        let home = self.database.home.clone();
        match self.give_away() {
            Some(Opened {
                transaction, node, ..
            }) => {
                node.lent_executors.note_given_away(session);
                DatabaseExecutor::OwnedTransaction(transaction.into_inner())
            }
            None => DatabaseExecutor::Connection(not_begun(&home)),
        }
    }
}

fn not_begun(home: &Node) -> &'static DatabaseConnection {
    error!(
       target: ROUTE,  "no statement has decided this transaction's bind, or a nested one is open: begin it by a handle of its bind"
    );
    closed_like(&home.connection)
}

#[cfg(feature = "_driver")]
impl RoutingDatabase {
    /// The connection of the master of its bind, or of the scope's; one that is closed where that is none.
    pub(super) fn lent_home(&self) -> &DatabaseConnection {
        match self.present_home() {
            // Not the pool that serves several binds: what it gives may have anybody's settings.
            Ok(home) if home.outfit.is_some() => self.lent_of(home),
            Ok(home) => &home.connection,
            Err(error) => {
                error!(target: ROUTE, %error, "there is no pool to lend");
                closed_like(&self.home.connection)
            }
        }
    }
}

/// Has the catalogues read again when something may have been defined by a connection that was lent.
pub(super) fn expecting(dispatcher: &Arc<Dispatcher>) -> impl Fn() + Send + Sync + 'static {
    let dispatcher = Arc::downgrade(dispatcher);
    move || {
        if let Some(dispatcher) = dispatcher.upgrade() {
            dispatcher.expect_definition();
        }
    }
}

/// Notes a change of the schema by a connection that was lent. It may be in a transaction.
pub(super) fn note_definition(lending: &Lending, statement: &Statement) {
    let Statement {
        db_backend, sql, ..
    } = statement;
    let class = classify(*db_backend, sql, &Functions::default());
    if class.changes_schema(sql) {
        lending.note_definition();
    }
}
