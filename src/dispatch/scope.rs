use std::sync::Arc;

use super::Around;
use crate::{
    names::{BindName, NodeName},
    recording::{Recorder, Recorders, current},
    session::{Consistency, DatabaseId, SessionId, writes_are_prevented},
};

/// What a handle has fixed of the route; the rest is decided per statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) bind: Option<BindName>,
    pub(crate) node: NodeScope,
    pub(crate) consistency: Option<Consistency>,
    /// Where what the bind is not fixed for goes.
    pub(crate) around: Around,
    /// `None` for the session of whatever code runs.
    pub(crate) session: Option<SessionId>,
    /// Whether only reads are let through.
    pub(crate) prevents_writes: bool,
    /// Who lists what the handle's statements did.
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// Whether reads that take long go to a second node as well, whatever their binds say.
    pub(crate) is_hedged: bool,
}

impl NodeScope {
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Named(_))
    }
}

impl Scope {
    /// Whether the handle, or the code around, only reads.
    pub(crate) fn prevents_writes(&self) -> bool {
        self.prevents_writes || writes_are_prevented()
    }

    /// Who lists what runs: the handle's, and those of the code around.
    #[inline(always)]
    pub(crate) fn recorder(&self) -> Option<Arc<Recorders>> {
        match &self.recorder {
            None => current(),
            Some(own) => Some(Recorders::with(own)),
        }
    }

    /// Its session, as a handle of `database`.
    pub(crate) fn session(&self, database: DatabaseId) -> SessionId {
        self.session.unwrap_or_else(|| SessionId::current(database))
    }
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
