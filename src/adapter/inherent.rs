use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, metric};
use tracing::warn;

use crate::{
    database::RoutingDatabase,
    node::{Bind, Node, Topology},
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
    pub async fn ping(&self) -> Result<(), DbErr> {
        let mut result = Ok(());
        for node in self.nodes() {
            let answer = node.connection.ping().await;
            result = result.and(warned(&node, "ping", answer));
        }
        result
    }

    /// Closes every pool that the handle may reach, for all its clones too.
    ///
    /// # Errors
    /// As [`close_by_ref`](Self::close_by_ref).
    pub async fn close(self) -> Result<(), DbErr> {
        self.close_by_ref().await
    }

    /// Closes every pool that the handle may reach, for all its clones too.
    ///
    /// # Errors
    /// The first driver error, unchanged, after all pools were closed; a warning in the log names each node that
    /// failed.
    pub async fn close_by_ref(&self) -> Result<(), DbErr> {
        if self.scope.bind.is_none() {
            self.dispatcher.stop();
        }
        let mut result = Ok(());
        for node in self.nodes() {
            let answer = node.connection.close_by_ref().await;
            result = result.and(warned(&node, "close", answer));
        }
        result
    }

    /// Calls `callback` after each statement on any node, from now on and for all clones of the handle.
    ///
    /// Migrations, which use the master's connection itself, are seen by this handle and those made of it later.
    pub fn set_metric_callback<F>(&mut self, callback: F)
    where
        F: Fn(&metric::Info<'_>) + Send + Sync + 'static,
    {
        let callback = Arc::new(callback);
        let with_callback = |node: &Arc<Node>| {
            let mut connection = node.connection.clone();
            let callback = callback.clone();
            connection.set_metric_callback(move |info| callback(info));
            Arc::new(node.with_connection(connection))
        };
        let topology = self.dispatcher.topology();
        let binds = topology.binds().map(|bind| {
            let slaves = bind.slaves.iter().map(with_callback).collect();
            Bind::new(with_callback(&bind.master), slaves, bind.rotation.balance())
        });
        let topology = Topology::new(binds.collect());
        if let Some(home) = topology.home(Some(&self.home.bind)) {
            self.home = home.clone();
        }
        self.dispatcher.publish(topology);
    }
}

fn warned(node: &Node, action: &str, result: Result<(), DbErr>) -> Result<(), DbErr> {
    result
        .inspect_err(|error| warn!(bind = %node.bind, node = %node.name, %error, "{action} failed"))
}
