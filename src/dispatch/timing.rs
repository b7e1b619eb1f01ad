use std::sync::Arc;

use super::{Decision, judgement::Judgement};
use crate::{
    freshness::Moment,
    node::{Node, PENALTY, Role},
};

/// A read that is timed, to its end however that comes: one that somebody gave up has taken so long at least.
pub(crate) struct Timing {
    begun: Moment,
    node: Arc<Node>,
    judgement: Arc<Judgement>,
    has_failed: bool,
}

impl Timing {
    /// The timing of a decision's work, which is the node's read of this `number`, if that or the like is wanted.
    #[inline(always)]
    pub(super) fn new(decision: &Decision, number: u64, is_wanted: bool) -> Option<Self> {
        let is_wanted = (is_wanted || decision.node.load.is_timed(number, decision.taken))
            && decision.node.role == Role::Slave
            && decision.is_read();
        is_wanted.then(|| Self::begin(decision))
    }

    fn begin(decision: &Decision) -> Self {
        Self {
            begun: match decision.taken {
                Moment::FIRST => Moment::now(),
                taken => taken,
            },
            node: decision.node.clone(),
            judgement: decision.judgement.clone(),
            has_failed: false,
        }
    }

    /// What fails is a matter of health, however long that takes.
    pub(super) fn note_failure(&mut self) {
        self.has_failed = true;
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        if self.has_failed {
            return;
        }
        let now = Moment::now();
        let slowness = self.judgement.pace.compare(now.since(self.begun));
        self.node.load.note(slowness, now);
    }
}

impl Decision {
    /// Notes that its slave failed, which may have been fast.
    pub(super) fn penalise(&self) {
        if self.node.role == Role::Slave {
            let slowness = self.judgement.pace.distance(PENALTY);
            self.node.load.note_peak(slowness, Moment::now());
        }
    }
}
