use std::{fmt, sync::Arc};

use crate::{
    bind::{BindName, NodeName},
    node::{Node, Role},
};

/// The nodes of a [`RoutingDatabase`](crate::RoutingDatabase) at one moment; prints as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// In the order of configuration; each bind's master first.
    pub nodes: Vec<NodeStatus>,
}

/// One node of a [`Status`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeStatus {
    /// The bind that the node serves.
    pub bind: BindName,
    /// The node's name within its bind.
    pub node: NodeName,
    /// What the node does for the bind.
    pub role: Role,
    /// Its share of the bind's reads; 0 for a slave out of rotation.
    pub weight: u32,
    /// Proven reads sent to it since the handle was built.
    pub reads: u64,
    /// All other statements sent to it since the handle was built.
    pub writes: u64,
    /// Reads by their text that it refused as writes; the master ran them.
    pub refused: u64,
}

impl Status {
    pub(crate) fn of<'n>(nodes: impl Iterator<Item = &'n Arc<Node>>) -> Self {
        let status = |node: &Arc<Node>| NodeStatus {
            bind: node.bind.clone(),
            node: node.name.clone(),
            role: node.role,
            weight: node.weight,
            reads: node.reads(),
            writes: node.writes(),
            refused: node.refused(),
        };
        Self {
            nodes: nodes.map(status).collect(),
        }
    }

    /// The node of that key: `bind.node`.
    pub fn node(&self, bind: &str, node: &str) -> Option<&NodeStatus> {
        self.nodes
            .iter()
            .find(|status| status.bind == bind && status.node == node)
    }

    fn width(&self, title: &str, text: impl Fn(&NodeStatus) -> &str) -> usize {
        let lengths = self.nodes.iter().map(|node| text(node).len());
        lengths.fold(title.len(), usize::max)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bind = self.width("bind", |node| node.bind.as_str());
        let name = self.width("node", |node| node.node.as_str());
        write!(
            f,
            "{:bind$}  {:name$}  role    weight     reads    writes  refused",
            "bind", "node"
        )?;
        for node in &self.nodes {
            write!(
                f,
                "\n{:bind$}  {:name$}  {:6}  {:6}  {:8}  {:8}  {:7}",
                node.bind.as_str(),
                node.node.as_str(),
                node.role.to_string(),
                node.weight,
                node.reads,
                node.writes,
                node.refused,
            )?;
        }
        Ok(())
    }
}
