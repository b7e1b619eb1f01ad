use sea_orm::DatabaseConnection;
use sea_orm_routing::RoutingDatabase;
use tokio::task::JoinSet;

use crate::client::{Client, Work};

/// What the application holds.
#[derive(Clone, Debug)]
pub(crate) enum Handle {
    Plain(DatabaseConnection),
    Routed(RoutingDatabase),
}

impl Handle {
    /// Starts a client, in a task of its own: to a routed handle it is a session.
    pub(crate) fn spawn(&self, clients: &mut JoinSet<Work>, client: Client) {
        match self.clone() {
            Self::Plain(db) => clients.spawn(async move { client.run(&db).await }),
            Self::Routed(db) => clients.spawn(async move { client.run(&db).await }),
        };
    }
}
