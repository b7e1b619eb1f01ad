use std::time::Duration;

use crate::config::{Balance, Failover, Idle, Reads, RoutingConfig};

/// What a bind promises of reads from its slaves and of writes without a master: its options that are in force.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) reads: Reads,
    pub(crate) failover: Failover,
    pub(crate) idle: Idle,
}

impl Policy {
    /// That of a bind for which these options hold.
    pub(crate) fn of(routing: &RoutingConfig) -> Self {
        Self {
            reads: routing.reads.in_force(),
            failover: routing.failover.in_force(),
            idle: routing.idle.in_force(),
        }
    }

    /// A slave that was too far behind serves reads again when it is no further behind than this.
    pub(crate) fn readmit_lag(&self) -> Duration {
        self.reads.readmit_lag()
    }

    /// Whether the other one promises the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.promises() == other.promises()
    }

    /// How reads are split promises nothing of them, and how it is known what a slave holds is the matter of a
    /// [`Source`](crate::freshness::Source).
    fn promises(&self) -> (Reads, &Failover, &Idle) {
        let reads = Reads {
            balance: Balance::default(),
            freshness: None,
            readmit_lag: Some(self.readmit_lag()),
            ..self.reads.clone()
        };
        (reads, &self.failover, &self.idle)
    }
}
