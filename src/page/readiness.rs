use serde::Serialize;

use crate::{
    node::Role,
    status::{NodeState, NodeStatus, Status},
};

/// Which binds can't serve what, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Readiness {
    /// Why reads can't be served; empty if they can.
    pub(super) reads: Vec<String>,
    /// Why writes can't be served; empty if they can.
    pub(super) writes: Vec<String>,
}

impl Readiness {
    pub(super) fn of(status: &Status) -> Self {
        let mut readiness = Self::default();
        let masters = status.nodes.iter().filter(|node| node.role == Role::Master);
        for master in masters {
            let nodes = || status.nodes.iter().filter(|node| node.bind == master.bind);
            if !nodes().any(serves_reads) {
                let states: Vec<_> = nodes()
                    .map(|node| format!("{} is {}", node.node, node.state))
                    .collect();
                readiness
                    .reads
                    .push(format!("{}: {}", master.bind, states.join(", ")));
            }
            if master.state == NodeState::Down {
                readiness
                    .writes
                    .push(format!("{}: {} is down", master.bind, master.node));
            }
        }
        readiness
    }

    pub(super) fn all(&self) -> Vec<String> {
        let reads = self
            .reads
            .iter()
            .map(|reason| format!("no reads of {reason}"));
        reads
            .chain(
                self.writes
                    .iter()
                    .map(|reason| format!("no writes to {reason}")),
            )
            .collect()
    }
}

/// A master serves reads for its slaves; those are told by their state.
fn serves_reads(node: &NodeStatus) -> bool {
    match node.role {
        Role::Master => node.state != NodeState::Down,
        Role::Slave => {
            node.weight > 0
                && matches!(
                    node.state,
                    NodeState::Serving | NodeState::Warming | NodeState::Slow
                )
        }
    }
}
