use std::fmt;

use crate::names::{BindName, NodeName};

/// A difference between the topology that was and the one that is. It prints as a sentence.
/// [`RoutingDatabase::reload`](crate::RoutingDatabase::reload) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyChange {
    /// A bind was added.
    BindAdded(BindName),
    /// A bind was removed.
    BindRemoved(BindName),
    /// A slave was added: its bind and node.
    SlaveAdded(BindName, NodeName),
    /// A slave was removed: its bind and node.
    SlaveRemoved(BindName, NodeName),
    /// A slave has another share of the reads.
    WeightChanged(BindName, NodeName, u32),
    /// A node has another address, other credentials or other pool options: new work gets new connections.
    NodeReopened(BindName, NodeName),
    /// A bind has other options, such as its consistency or its tables.
    OptionsChanged(BindName),
}

impl fmt::Display for TopologyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BindAdded(bind) => write!(f, "bind `{bind}` added"),
            Self::BindRemoved(bind) => write!(f, "bind `{bind}` removed"),
            Self::SlaveAdded(bind, node) => write!(f, "slave `{bind}.{node}` added"),
            Self::SlaveRemoved(bind, node) => write!(f, "slave `{bind}.{node}` removed"),
            Self::WeightChanged(bind, node, weight) => {
                write!(f, "slave `{bind}.{node}` has weight {weight}")
            }
            Self::NodeReopened(bind, node) => write!(f, "node `{bind}.{node}` opened anew"),
            Self::OptionsChanged(bind) => write!(f, "bind `{bind}` has other options"),
        }
    }
}
