//! Nodes and policies for unit tests.

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;

use super::{Given, Identity, Node, Policy, Replication, Role};
use crate::{
    config::{FailoverConfig, RoutingConfig},
    driver::Capacity,
    freshness::Source,
};

/// What holds where nobody sets anything, but that no write waits for a master.
pub(crate) fn test_policy() -> Policy {
    let failover = FailoverConfig::new().hold_writes(Duration::ZERO);
    Policy::of(&RoutingConfig::new().failover(failover))
}

pub(crate) fn test_node(name: &str, weight: u32) -> Node {
    test_node_as(name, Role::Slave, weight)
}

pub(crate) fn test_node_as(name: &str, role: Role, weight: u32) -> Node {
    test_node_by(name, role, weight, Source::Shared)
}

pub(crate) fn test_node_by(name: &str, role: Role, weight: u32, source: Source) -> Node {
    let replication = Arc::new(Replication::new(test_policy(), source, false));
    let mut node = test_node_of(name, role, replication, None);
    node.weight = weight;
    node
}

/// A node that shares what its bind's nodes do, and whose pool can do so much.
pub(crate) fn test_node_of(
    name: &str,
    role: Role,
    replication: Arc<Replication>,
    capacity: Option<Capacity>,
) -> Node {
    let connection = DatabaseConnection::default();
    let identity = Identity {
        bind: "b".into(),
        name: name.into(),
        weight: 1,
        opener: Arc::new(Given(connection.clone())),
    };
    let mut node = Node::new(identity, role, connection, replication);
    node.capacity = capacity;
    node
}
