use sea_orm::DbErr;

use super::{Decision, Dispatcher, Router, reader::Read};
use crate::{
    config::OnNoSlave,
    error::RoutingError,
    freshness::Moment,
    node::{Node, Role},
    observe::{Fault, fault, is_acquire_timeout},
    route::NodeReason,
};

/// What an answer means for its node.
impl Dispatcher {
    /// Notes that the node answered.
    pub(crate) fn note_success(&self, node: &Node) {
        if node.health.is_suspect() && !node.replication.is_watched() {
            node.note_change(node.health.note_success(Moment::now(), false));
        }
    }

    /// Notes an error; true if the statement is not to blame, so that another node may serve it.
    pub(crate) fn note_error(&self, node: &Node, error: &DbErr) -> bool {
        if is_acquire_timeout(error) {
            // Perhaps all connections are at work, perhaps nobody is there: the monitor will find out.
            self.suspect(node);
            return true;
        }
        match fault(error) {
            None => false,
            // On a slave the statement is at fault, and a master is asked what it is.
            Some(Fault::ReadOnly) => {
                self.suspect(node);
                false
            }
            Some(fault) => {
                self.note_fault(node, fault);
                true
            }
        }
    }

    fn note_fault(&self, node: &Node, fault: Fault) {
        self.suspect(node);
        // Without a monitor nobody would notice that a master is back.
        if node.role == Role::Slave {
            // It may come back with less than it had.
            node.freshness.forget();
        }
        if node.role == Role::Slave || node.replication.is_watched() {
            let now = Moment::now();
            // The monitor asks at once whether the server ends as well. Of a server that nobody asks, this must do.
            let has_to_do = fault == Fault::Ended && !node.replication.is_watched();
            let is_certain = fault.is_certain() || has_to_do;
            if !is_certain && self.is_last_usable(node) {
                return node.health.doubt();
            }
            let change = node.health.note_fault(fault, is_certain, now, &self.random);
            node.note_change(change);
        }
    }

    /// Whether no other node can do this one's work. Such a node goes down at a certain fault, or when it does not answer
    /// the monitor; uncertain faults that statements met there do not suffice.
    fn is_last_usable(&self, node: &Node) -> bool {
        if !node.replication.is_watched() {
            return false;
        }
        let topology = self.topology();
        let Some(bind) = topology
            .bind(&node.bind)
            .filter(|_| node.role == Role::Slave)
        else {
            return true;
        };
        let others = bind.slaves.iter();
        let mut others = others.filter(|other| other.name != node.name && other.weight > 0);
        let is_spared = bind.replication.policy.on_no_slave == OnNoSlave::Error;
        let has_master = !is_spared && !bind.master.health.is_down();
        !has_master && others.all(|other| other.health.is_down())
    }

    fn suspect(&self, node: &Node) {
        node.replication.pulse.want(Moment::now());
        if let Some(bind) = self.topology().bind(&node.bind) {
            self.watch(bind);
        }
    }
}

impl Router<'_> {
    /// The decision for a read that its slave failed to serve before its first row; `None` if it has been tried
    /// often enough.
    pub(super) fn elsewhere(self, failed: Decision) -> Option<Result<Decision, RoutingError>> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&failed.node.bind)?;
        let reads = bind.nodes().map(|node| node.counters.reads()).sum();
        if !failed.may_move() || !bind.replication.may_retry(reads) {
            return None;
        }
        let read = Read {
            judgement: &failed.judgement,
            takes_turn: true,
            avoid: Some(&failed.node),
        };
        let spares_master = bind.replication.policy.on_no_slave == OnNoSlave::Error;
        let slaves_to_try = match spares_master {
            true => bind.rotation.len(),
            // The master is down after two of them.
            false => 2,
        };
        let tried = failed.failed + 1;
        let next = match tried < slaves_to_try {
            true => self.reader(bind, read),
            false => self.without_slave(bind, read),
        };
        Some(next.map(|next| Decision {
            failed: tried,
            ..failed.moved(next.node, NodeReason::Elsewhere)
        }))
    }
}
