use std::{collections::HashMap, sync::Arc};

use crate::{bind::NodeName, node::Node};

/// Looks in a row without an end of any statement after which those of a node stand still.
const ENOUGH: u32 = 2;

/// Which nodes have work in flight of which nothing ends: a frozen server, or only a long query.
#[derive(Debug, Default)]
pub(super) struct Stalls(HashMap<NodeName, Look>);

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    ended: u64,
    still: u32,
}

impl Stalls {
    /// Looks again, after a while.
    pub(super) fn look<'n>(&mut self, nodes: impl Iterator<Item = &'n Arc<Node>>) {
        for node in nodes {
            let look = self.0.entry(node.name.clone()).or_default();
            let ended = node.ended();
            let moves = node.in_flight() == 0 || ended != look.ended;
            look.still = if moves { 0 } else { look.still + 1 };
            look.ended = ended;
        }
    }

    /// Forgets other nodes.
    pub(super) fn retain(&mut self, is_current: impl Fn(&NodeName) -> bool) {
        self.0.retain(|name, _| is_current(name));
    }

    pub(super) fn stands_still(&self, node: &Node) -> bool {
        let look = self.0.get(&node.name);
        look.is_some_and(|look| look.still >= ENOUGH)
    }
}
