//! Nodes and policies for unit tests.

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;

use super::{Given, Identity, Node, Policy, Replication, Role};
use crate::{
    config::{Hedge, OnNoSlave, Roles},
    driver::Capacity,
    freshness::Source,
    session::Consistency,
};

pub(crate) fn test_policy() -> Policy {
    Policy {
        consistency: Consistency::default(),
        max_lag: Duration::from_secs(10),
        readmit_lag: Duration::from_secs(5),
        wait: Duration::ZERO,
        on_no_slave: OnNoSlave::default(),
        max_master_reads: None,
        roles: Roles::Fixed,
        hold_writes: Duration::ZERO,
        hedge: Hedge::Off,
        close_idle: None,
    }
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
