use crate::bind::{BindName, NodeName};

/// What a handle has fixed of the route; the rest is decided per statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) bind: Option<BindName>,
    pub(crate) node: NodeScope,
}

/// The nodes of the bind that a handle leaves to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum NodeScope {
    /// Reads over the slaves, all else on the master.
    #[default]
    Split,
    Master,
    Slave,
    Named(NodeName),
}
