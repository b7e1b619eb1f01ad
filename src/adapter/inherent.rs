use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, metric};
use tokio::task::JoinSet;
use tracing::warn;

use crate::{
    database::RoutingDatabase,
    events::NODE,
    node::{Callback, Node},
};

impl RoutingDatabase {
    /// The backend of the handle's bind: of the default bind for the bare handle.
    ///
    /// # Panics
    /// Like SeaORM's, when the handle was made from a `DatabaseConnection` that is not connected.
    pub fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    /// Checks that every node that the handle may reach answers.
    ///
    /// # Errors
    /// The first driver error, unchanged, after all nodes were asked; a warning in the log names each node that
    /// failed.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// db.ping().await?;                  // all nodes
    /// db.bind("reports")?.ping().await?; // those of one bind
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "health")]
    pub async fn ping(&self) -> Result<(), DbErr> {
        let mut result = Ok(());
        for node in self.nodes() {
            let answer = node.logged_in(|| node.connection.ping()).await;
            result = result.and(warned(&node, "ping", answer));
        }
        result
    }

    /// Closes every pool that the handle may reach, for all its clones too.
    ///
    /// # Errors
    /// As [`close_by_ref`](Self::close_by_ref).
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// db.close().await?; // after the last request: no connection is left at any server
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(self) -> Result<(), DbErr> {
        self.close_by_ref().await
    }

    /// Closes every pool that the handle may reach, for all its clones too.
    ///
    /// Nothing new begins. Statements, streams and transactions that run may end. Work that takes longer than 10 s
    /// is left behind, with an error that names its node, and its pool closes when the work ends. The bare handle also ends
    /// the background tasks.
    ///
    /// Cancel safe: pools that are closing go on closing.
    ///
    /// # Errors
    /// The first driver error, unchanged, or [`RoutingError::StillOpen`](crate::RoutingError::StillOpen), after all pools were asked to close; a warning
    /// in the log names each node that failed.
    pub async fn close_by_ref(&self) -> Result<(), DbErr> {
        if self.scope.bind.is_none() {
            // What is being changed ends before: its pools are closed too.
            self.settings.end(&self.dispatcher).await;
        }
        let mut closing: JoinSet<_> = self.nodes().into_iter().map(closed).collect();
        let mut result = Ok(());
        while let Some(answer) = closing.join_next().await {
            let answer = answer.unwrap_or_else(|error| Err(DbErr::Custom(error.to_string())));
            result = result.and(answer);
        }
        #[cfg(feature = "metrics")]
        if self.scope.bind.is_none() {
            self.dispatcher.end_metrics();
        }
        result
    }

    /// Calls `callback` after each statement on any node, from now on, for all clones of the handle, and on nodes that are
    /// added later. One callback takes the place of another.
    ///
    /// Migrations, which use the master's connection itself, are seen by this handle and those made of it later.
    pub fn set_metric_callback<F>(&mut self, callback: F)
    where
        F: Fn(&metric::Info<'_>) + Send + Sync + 'static,
    {
        self.set_node_metric_callback(move |_, info| callback(info));
    }

    /// As [`set_metric_callback`](Self::set_metric_callback), and gives `callback` the key of the node that ran the
    /// statement too: `reports.slave-1`.
    pub fn set_node_metric_callback<F>(&mut self, callback: F)
    where
        F: Fn(&str, &metric::Info<'_>) + Send + Sync + 'static,
    {
        let callback = Callback::new(callback);
        self.dispatcher
            .publish(|topology| topology.with_callback(&callback));
        if let Some(home) = self.dispatcher.topology().home(Some(&self.home.bind)) {
            self.home = home.clone();
        }
    }
}

async fn closed(node: Arc<Node>) -> Result<(), DbErr> {
    let answer = node.close().await;
    warned(&node, "close", answer)
}

fn warned(node: &Node, action: &str, result: Result<(), DbErr>) -> Result<(), DbErr> {
    result
        .inspect_err(|error| warn!(target: NODE, bind = %node.bind, node = %node.name, %error, "{action} failed"))
}
