use std::collections::{BTreeMap, BTreeSet};

use crate::names::NodeName;

/// What was once seen of who is the master. It outlives the task that saw it, as a reload of binds.yaml ends that.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    /// The newest timeline so far of each PostgreSQL system: a server on an older one is a master of the past.
    pub(crate) newest: BTreeMap<u64, u32>,
    /// The PostgreSQL system of the bind's master: a server of another one is no copy of it, and never its successor.
    pub(crate) system: Option<u64>,
    /// Nodes in whose place another one became the master, until they have been slaves.
    pub(crate) replaced: BTreeSet<NodeName>,
}
