use std::sync::Arc;

use super::Opener;
use crate::names::{BindName, NodeName};

/// What stays the same of a node, whatever its role and its pool.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) bind: BindName,
    pub(crate) name: NodeName,
    /// Share of the bind's reads; 0 keeps a slave out of the rotation.
    pub(crate) weight: u32,
    pub(crate) opener: Arc<dyn Opener>,
}
