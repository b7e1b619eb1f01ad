use std::sync::Arc;

use sea_orm::DbErr;

use super::{
    Decision, Dispatcher, Router,
    master::is_up,
    reader::{Read, may_stand_in},
};
use crate::{
    config::OnNoSlave,
    error::RoutingError,
    freshness::Moment,
    node::{Node, Role},
    observe::{Fault, Refusal, fault, is_acquire_timeout},
    route::NodeReason,
};

/// What an answer means for its node.
impl Dispatcher {
    /// Notes that the node answered.
    #[inline(always)]
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
        node.doubt_connections();
        self.suspect(node);
        // Without a monitor nobody would notice that a master is back.
        if node.role == Role::Slave && fault.may_be_of_a_restart() {
            // It may come back with less than it had.
            node.freshness.forget();
        }
        if node.role == Role::Slave || node.replication.is_watched() {
            let now = Moment::now();
            // The monitor asks at once whether the server ends as well. Of a server that nobody asks, this must do.
            let is_ended = fault == Fault::Ended;
            let is_watched = node.replication.is_watched();
            let is_certain = fault.is_certain() || is_ended && !is_watched;
            if !is_certain && (is_ended || self.is_last_usable(node)) {
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
        let is_spared = bind.replication.policy.reads.on_no_slave == OnNoSlave::Error;
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
    /// Notes an error that goes to the application or to another node; true if the statement is not to blame.
    pub(super) fn note_failure(self, decision: &Decision, error: &DbErr) -> bool {
        self.note_same_error(decision, error);
        let is_fault = self.dispatcher.note_error(&decision.node, error);
        // Who gets no connection has not been answered slowly: too many have them.
        if is_fault && !is_acquire_timeout(error) {
            decision.penalise();
        }
        is_fault
    }

    /// Notes an error that two nodes gave, if it is the statement's own.
    pub(crate) fn note_same_error(self, decision: &Decision, error: &DbErr) {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&decision.node.bind);
        if let Some(bind) = bind.filter(|_| decision.is_second_opinion && fault(error).is_none()) {
            bind.replication.note_same_error(bind.reads());
        }
    }

    /// The decision for the `BEGIN` of a transaction that has begun on `slave`, which refused its first statement.
    pub(crate) fn begin_elsewhere(self, slave: &Arc<Node>, error: &DbErr) -> Option<Decision> {
        let begin = self.dispatcher.judgements.of_begin();
        let begin = Decision::new(begin, slave, NodeReason::Elsewhere);
        begin.healable(error)?;
        let next = self.second_opinion(&begin)?;
        // What one refuses in a transaction that was begun read-only is no sign that it writes.
        self.dispatcher
            .record_refusal(&begin, Refusal::OfState, error, "BEGIN");
        Some(next)
    }

    /// The decision for what its slave refused, or the error if nobody else may be asked.
    pub(super) fn healed(
        self,
        refused: Decision,
        refusal: Refusal,
        error: DbErr,
        sql: &str,
    ) -> Result<Decision, DbErr> {
        let next = match refusal {
            Refusal::OfStatement => None,
            Refusal::OfState => Some(self.second_opinion(&refused).ok_or(error.clone())?),
        };
        self.dispatcher
            .record_refusal(&refused, refusal, &error, sql);
        if next.is_none() {
            // Its slave knows better what it is.
            self.permits(&refused.judgement)?;
        }
        match next {
            Some(next) => Ok(next),
            None => Ok(self.on_master(refused)?),
        }
    }

    /// The decision for a read that its slave can't answer by what that holds: the master, which holds all, else a slave
    /// that the session may read as well.
    fn second_opinion(self, refused: &Decision) -> Option<Decision> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&refused.node.bind)?;
        if !bind.replication.may_ask_again(bind.reads()) {
            return None;
        }
        let next = match may_stand_in(bind) && is_up(bind).is_ok() {
            true => Decision::new(&refused.judgement, &bind.master, NodeReason::Elsewhere),
            false => {
                let read = Read::of(&refused.judgement).avoiding(&refused.node);
                let next = self.reader(bind, read).ok()?;
                Some(next).filter(|next| next.node.role == Role::Slave)?
            }
        };
        Some(Decision {
            is_second_opinion: true,
            ..refused.clone().moved_as(next, NodeReason::Elsewhere)
        })
    }

    /// The decision for a read that its slave failed to serve before its first row; `None` if it has been tried
    /// often enough.
    pub(super) fn elsewhere(self, failed: Decision) -> Option<Result<Decision, RoutingError>> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&failed.node.bind)?;
        // An answer that is thrown away is the route's own doing, and once for each time that a slave is set back.
        let is_free = failed.still_holds().is_err() || failed.node.is_refused();
        let read = Read::of(&failed.judgement).avoiding(&failed.node);
        let spares_master = bind.replication.policy.reads.on_no_slave == OnNoSlave::Error;
        let slaves_to_try = match spares_master {
            true => bind.rotation.len(),
            // The master is down after two of them.
            false => 2,
        };
        let tried = failed.failed + 1;
        if !failed.may_move() || tried > slaves_to_try {
            return None;
        }
        // What others can serve at once does not add to a load that they can't bear.
        let is_spent = !is_free && !bind.replication.may_retry(bind.reads());
        let next = match tried < slaves_to_try {
            true => self.reader(bind, read),
            false => self.without_slave(bind, read),
        };
        let is_at_once = |next: &Decision| next.is_settled() && next.node.has_certain_room();
        if is_spent && !next.as_ref().is_ok_and(is_at_once) {
            return None;
        }
        Some(next.map(|next| Decision {
            failed: tried,
            ..failed.moved_as(next, NodeReason::Elsewhere)
        }))
    }
}
