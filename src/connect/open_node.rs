use std::sync::Arc;

use sea_orm::DatabaseConnection;

use crate::{
    names::{BindName, NodeName},
    node::{Given, Identity, Node, Opener, Replication, Role},
};

/// A node whose connection exists.
#[derive(Clone, Debug)]
pub(crate) struct OpenNode {
    pub(crate) name: NodeName,
    pub(crate) weight: u32,
    pub(crate) connection: DatabaseConnection,
    pub(crate) opener: Arc<dyn Opener>,
}

impl OpenNode {
    /// A node whose connection was not opened here.
    pub(crate) fn given(name: &str, weight: u32, connection: DatabaseConnection) -> Self {
        Self {
            name: name.into(),
            weight,
            opener: Arc::new(Given(connection.clone())),
            connection,
        }
    }

    pub(crate) fn run(
        self,
        bind: &BindName,
        role: Role,
        replication: &Arc<Replication>,
    ) -> Arc<Node> {
        let identity = Identity {
            bind: bind.clone(),
            name: self.name,
            weight: self.weight,
            opener: self.opener,
        };
        let replication = replication.clone();
        Arc::new(Node::new(identity, role, self.connection, replication))
    }
}
