use std::sync::Arc;

use crate::{
    dispatch::{Decision, Placement},
    node::Node,
};

/// The decision for a statement of a transaction, and for what it takes before it.
pub(crate) struct Plan {
    pub(super) step: Step,
    pub(super) decision: Decision,
    pub(super) placement: Placement,
}

/// What a statement takes before it runs.
pub(super) enum Step {
    /// The `BEGIN`, as it is the first.
    Begin(Decision),
    /// Nothing: it runs where the transaction is.
    Stay,
    /// The same, but something of it may stay on the connection of a slave, which then ends with the transaction.
    Stain,
    /// The `BEGIN` elsewhere, as only another node can run it, or should.
    Leave(Decision),
}

impl Step {
    /// The node to which it leads.
    pub(super) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Begin(begin) | Self::Leave(begin) => Some(&begin.node),
            Self::Stay | Self::Stain => None,
        }
    }
}
