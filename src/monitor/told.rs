use std::collections::HashSet;

use tracing::{info, warn};

use crate::{events::NODE, names::NodeName, node::Node};

/// What the log says of nodes that do not tell everything: once when it begins, and once when it ends.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whose positions are not known.
    unknown: HashSet<NodeName>,
    /// Which may follow others.
    unseen: HashSet<NodeName>,
}

impl Told {
    /// Forgets the nodes that are gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(&NodeName) -> bool) {
        self.unknown.retain(&is_there);
        self.unseen.retain(&is_there);
    }

    /// Notes why a position is not known, if it is not; a silent node has a line of its own.
    pub(super) fn note_position(&mut self, node: &Node, error: Option<&String>, is_silent: bool) {
        let is_news = node.counters.note_error(error.cloned());
        match error {
            Some(error) if is_news && !is_silent => {
                self.unknown.insert(node.name.clone());
                warn!(target: NODE, bind = %node.bind, node = %node.name, error, "the position is not known");
            }
            None if self.unknown.remove(&node.name) => {
                info!(target: NODE, bind = %node.bind, node = %node.name, "the position is known again");
            }
            _ => {}
        }
    }

    /// Notes whether it can be seen that the node follows another one.
    pub(super) fn note_role(&mut self, node: &Node, follows: &Result<bool, String>) {
        match follows {
            Err(error) if self.unseen.insert(node.name.clone()) => warn!(
                target: NODE, bind = %node.bind, node = %node.name, error,
                "whether the server follows another one can't be seen: if the server is a slave, it is never taken for the master"
            ),
            Ok(_) if self.unseen.remove(&node.name) => info!(
                target: NODE, bind = %node.bind, node = %node.name,
                "whether the server follows another one can be seen"
            ),
            _ => {}
        }
    }
}
