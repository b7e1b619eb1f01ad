use std::sync::Arc;

use super::{Bind, Node};
use crate::{
    config::{OnNoSlave, Roles},
    driver::{close_all_idle, has_closable, in_use},
};

/// What becomes of a bind that nobody uses.
impl Bind {
    /// What its nodes have been sent, and what has ended there.
    pub(crate) fn done(&self) -> u64 {
        let counters = self.nodes().map(|node| &node.counters);
        counters
            .map(|counters| counters.reads() + counters.writes() + counters.ended())
            .sum()
    }

    /// Whether somebody has work or a connection there.
    pub(crate) fn is_in_use(&self) -> bool {
        let is_in_use = |node: &Node| {
            let is_at_work = node.counters.in_flight() > 0;
            is_at_work || node.pools().iter().any(|pool| in_use(pool) > 0)
        };
        self.nodes().any(|node| is_in_use(node))
    }

    /// Whether there is something that nobody needs who does not use it.
    pub(crate) fn is_open(&self) -> bool {
        let is_watched = self.may_be_unwatched() && self.replication.is_watched();
        let ours = |node: &&Arc<Node>| node.opener.opens_anew();
        let mut pools = self.nodes().filter(ours).flat_map(|node| node.pools());
        is_watched || pools.any(|pool| has_closable(&pool))
    }

    /// Closes the connections that wait for work, and lets its monitor end.
    pub(crate) async fn close_idle(&self) {
        self.replication.rest(self.done());
        for node in self.nodes().filter(|node| node.opener.opens_anew()) {
            for pool in node.pools() {
                close_all_idle(&pool).await;
            }
        }
    }

    /// Whether its monitor may end, as nobody has used it since it was closed.
    pub(crate) fn may_rest(&self) -> bool {
        self.may_be_unwatched() && self.replication.rests(self.done()) && !self.is_in_use()
    }

    /// Whether nobody need watch it while nobody uses it: the next read goes to the master until it is known how far the slaves
    /// are. Where the master may not serve it, or may be another one by then, it is watched all the time.
    pub(crate) fn may_be_unwatched(&self) -> bool {
        let policy = &self.replication.policy;
        policy.idle.close_idle.is_some()
            && policy.failover.roles == Roles::Fixed
            && policy.reads.on_no_slave == OnNoSlave::Master
            && policy.reads.max_master_reads.is_none()
    }
}
