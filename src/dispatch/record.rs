use sea_orm::DbErr;
use tracing::warn;

use super::{Decision, Dispatcher, Router, timing::Timing};
use crate::{
    bind::BindReason,
    events::ROUTE,
    modification::{Journal, Pending, Written},
    node::Ticket,
    observe::Refusal,
    route::NodeReason,
    session::Consistency,
    tally::Turn,
};

impl Router<'_> {
    /// Counts the statement at its node.
    #[inline(always)]
    pub(super) fn record(self, decision: &Decision) -> (Ticket, Option<Timing>) {
        let number = self.dispatcher.record(decision);
        let timing = Timing::new(decision, number, self.hedges(decision));
        let effect = decision.effect();
        if effect.is_some() && self.dispatcher.rule.is_some() {
            self.note_writer(&decision.node);
        }
        let ticket = Ticket::new(decision.node.clone(), self.scope.session, effect);
        let ticket = match decision.read_from() {
            Some(from) if self.is_of_session(decision) => {
                ticket.of_session(self.scope.session, from)
            }
            _ => ticket,
        };
        let ticket = match decision.is_stand_in() {
            true => ticket.stand_in(),
            false => ticket,
        };
        (ticket, timing)
    }
}

impl Router<'_> {
    /// Whether its session must not see anything older next.
    #[inline(always)]
    fn is_of_session(self, decision: &Decision) -> bool {
        let promised = || decision.node.replication.policy.reads.consistency;
        let level = || self.scope.consistency.unwrap_or_else(promised);
        matches!(decision.node_reason, NodeReason::Session { .. })
            || matches!(level(), Consistency::Session | Consistency::Process)
    }
}

impl Dispatcher {
    /// The modification that a statement is about to be, if it is one and somebody listens.
    #[inline]
    pub(super) fn expect(&self, decision: &Decision, sql: &str) -> Option<Pending> {
        self.modifications.expect(&written(decision, sql)?)
    }

    /// The same for a statement of a transaction.
    pub(crate) fn expect_in(
        &self,
        journal: &Journal,
        decision: &Decision,
        sql: &str,
    ) -> Option<Pending> {
        self.modifications
            .expect_in(journal, &written(decision, sql)?)
    }

    /// Counts the statement at its node; how many of its kind the node had before. In a transaction, that is the work in
    /// flight.
    #[inline(always)]
    pub(crate) fn record(&self, decision: &Decision) -> u64 {
        let node = &*decision.node;
        let access = decision.access();
        let number = node.counters.count(access);
        if decision.judgement.warns() {
            self.warn_of(decision);
        }
        number
    }

    /// Says once what a statement's text alone makes doubtful.
    #[cold]
    fn warn_of(&self, decision: &Decision) {
        let (node, judgement) = (&*decision.node, &decision.judgement);
        let is_forgotten =
            decision.node_reason != NodeReason::Transaction && judgement.class.changes_session();
        let doubtful = judgement
            .doubtful_name()
            .filter(|name| name.bind != node.bind && decision.bind_reason() != BindReason::Handle);
        if is_forgotten && self.judgements.warning_is_due(judgement) {
            warn!(
                target: ROUTE, bind = %node.bind, node = %node.name, reason = %judgement.class.reason,
                "the statement changes a session, and the pool does not keep that session for you: use a transaction of `db.begin()`, or a \
                 connection of your own from `db.get_…_connection_pool()`"
            );
        }
        if let Some(doubtful) = doubtful.filter(|_| self.judgements.doubt_is_due(judgement)) {
            warn!(
                target: ROUTE, bind = %node.bind, node = %node.name, name = doubtful.name, claimed_by = %doubtful.bind,
                "a name in this text may mean a table of another bind: `db.bind(key)` says where the statement is to run"
            );
        }
    }

    /// Counts that a node refused a statement to be read only and, if it did so because that writes, remembers and logs it.
    pub(super) fn record_refusal(
        &self,
        decision: &Decision,
        refusal: Refusal,
        error: &DbErr,
        sql: &str,
    ) {
        let node = &*decision.node;
        node.counters.count_refusal();
        node.tallies.note(Turn::Healed);
        let learns = refusal == Refusal::OfStatement;
        if learns && self.judgements.learn_refusal(&decision.judgement) {
            let sql = self.echo.then_some(sql);
            warn!(
                target: ROUTE, bind = %node.bind, node = %node.name, %error, sql,
                "a statement that looks like a read was refused as a write: from now on the master runs it"
            );
        }
    }
}

fn written<'s>(decision: &'s Decision, sql: &'s str) -> Option<Written<'s>> {
    if decision.is_read() {
        return None;
    }
    Some(Written {
        bind: &decision.node.bind,
        class: &decision.judgement.class,
        backend: decision.node.backend?,
        sql,
    })
}
