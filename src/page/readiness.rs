use serde::Serialize;

use crate::{database::RoutingDatabase, dispatch};

/// Which binds can't serve what, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Readiness {
    /// Why reads can't be served; empty if they can.
    pub(super) reads: Vec<String>,
    /// Why writes can't be served; empty if they can, and for a handle that never writes.
    pub(super) writes: Vec<String>,
    #[serde(skip)]
    only_reads: Option<&'static str>,
}

impl Readiness {
    pub(super) fn of(db: &RoutingDatabase) -> Self {
        let dispatch::Readiness {
            reads,
            writes,
            only_reads,
        } = db.router().readiness();
        Self {
            reads,
            writes,
            only_reads,
        }
    }

    /// Why not all is served that the handle is for.
    pub(super) fn all(&self) -> Vec<String> {
        let reads = self.reads.iter();
        let reads = reads.map(|reason| format!("no reads of {reason}"));
        let writes = self.writes.iter();
        reads
            .chain(writes.map(|reason| format!("no writes to {reason}")))
            .collect()
    }

    /// Why writes can't be served: also by a handle that never writes.
    pub(super) fn of_writes(self) -> Vec<String> {
        match self.only_reads {
            Some(reason) => vec![reason.to_owned()],
            None => self.writes,
        }
    }
}
