//! A master's own connection, for code that takes no other.

use std::sync::Arc;

use sea_orm::DatabaseConnection;
use tracing::error;

use super::executor::{expecting, note_definition};
use crate::{classify::Access, database::RoutingDatabase, driver::closed_like, events::ROUTE};

impl RoutingDatabase {
    /// The connection of the master of the handle's bind (of the default bind for the bare handle), for code whose
    /// signatures name [`DatabaseConnection`].
    ///
    /// Nothing is routed there: reads too are the master's, and a statement for another bind finds no table.
    ///
    /// The connection is of a pool of its own, as large as the master's. Its connections are closed after 10 s without work. While one of them
    /// is used, the session that has taken it and those that use it read from the master. Afterwards they read from slaves that hold
    /// what the master had then. In a pool that was given to [`builder`](Self::builder), use can't be seen. There the session reads from the
    /// master for 10 s after the connection was taken, and after each statement that is not a proven read, `execute_unprepared` excepted. Of
    /// SeaORM's `proxy` and mocks nothing is heard but that the connection was taken.
    ///
    /// The connection, and the handle's own tasks, live in the runtime that they were first used in. When that runtime ends, statements are run
    /// over new connections in the next one, and reads are the master's.
    ///
    /// The connection is that of the present master. After a failover, a change of the master's address, or the end of its bind, its pool is
    /// closed, and the connection has to be taken again. What is sent by it is counted in [`status`](Self::status), but not waited for
    /// when a node is removed. A metric callback that is set on the connection takes the place of this bookkeeping.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// use sea_orm::DatabaseConnection;
    ///
    /// async fn count(_: &DatabaseConnection) {}
    ///
    /// count(&db.master_connection()).await;
    /// count(&db.bind("reports")?.master_connection()).await;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "primary_connection")]
    pub fn master_connection(&self) -> DatabaseConnection {
        let topology = self.dispatcher.topology();
        let told = match self.router().told_by_scope() {
            Some(Err(error)) => {
                error!(target: ROUTE, %error, "there is no connection to lend");
                return closed_like(&self.home.connection).clone();
            }
            told => told.and_then(Result::ok),
        };
        let bind = told.as_ref().map_or(&self.home.bind, |told| &told.bind);
        let master = topology.home(Some(bind)).unwrap_or(&self.home);
        let lending = &master.lent_connections;
        lending.on_definition(expecting(&self.dispatcher));
        let borrower = lending.lend_to(self.session_id());
        let (node, session) = (master.clone(), self.scope.session);
        let dispatcher = Arc::downgrade(&self.dispatcher);
        master.lend(move |info| {
            // As long as somebody has the connection.
            let _ = &borrower;
            let access = dispatcher.upgrade().map_or(Access::Write, |dispatcher| {
                dispatcher.access(info.statement.db_backend, &info.statement.sql)
            });
            node.counters.count(access);
            if access == Access::Write {
                node.lent_connections
                    .note_write(session.unwrap_or_else(|| node.replication.memory.current()));
                note_definition(&node.lent_connections, info.statement);
            }
        })
    }
}
