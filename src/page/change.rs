use std::time::SystemTime;

use serde::Serialize;

use crate::status::{NodeStatus, Status};

/// What was other than when it was looked before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// Seconds since 1970.
    #[serde(serialize_with = "since_epoch")]
    pub(super) at: SystemTime,
    /// `default.slave-1: serving → down (connection refused)`
    pub(super) what: String,
}

impl Change {
    /// What is other now.
    pub(super) fn between(before: &Status, after: &Status) -> Vec<Self> {
        let named = |status: &NodeStatus| (status.bind.clone(), status.node.clone());
        let mut changes = Vec::new();
        for node in &after.nodes {
            match before.nodes.iter().find(|old| named(old) == named(node)) {
                Some(old) => changes.extend(change_of(old, node)),
                None => changes.push(format!(
                    "{}.{}: new, {} ({})",
                    node.bind, node.node, node.role, node.state
                )),
            }
        }
        let gone = |old: &&NodeStatus| !after.nodes.iter().any(|node| named(node) == named(old));
        let gone = before.nodes.iter().filter(gone);
        changes.extend(gone.map(|old| format!("{}.{}: removed", old.bind, old.node)));
        let at = SystemTime::now();
        changes.into_iter().map(|what| Self { at, what }).collect()
    }
}

fn change_of(old: &NodeStatus, node: &NodeStatus) -> Vec<String> {
    let key = format!("{}.{}", node.bind, node.node);
    let mut changes = Vec::new();
    if old.role != node.role {
        changes.push(format!("{key}: is the {} now", node.role));
    }
    if old.state != node.state {
        let why = node
            .last_error
            .as_ref()
            .map_or_else(String::new, |error| format!(" ({error})"));
        changes.push(format!("{key}: {} → {}{why}", old.state, node.state));
    }
    changes
}

fn since_epoch<S: serde::Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    since.as_secs().serialize(serializer)
}
