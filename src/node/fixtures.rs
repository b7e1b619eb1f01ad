//! Nodes and policies for unit tests.

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;

use super::{Given, Identity, Node, Policy, Replication, Role};
use crate::{
    config::{OnNoSlave, Roles},
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
    let connection = DatabaseConnection::default();
    let identity = Identity {
        bind: "b".into(),
        name: name.into(),
        weight,
        opener: Arc::new(Given(connection.clone())),
    };
    Node::new(identity, role, connection, replication)
}
