use sea_orm::DbErr;
use tracing::{Level, debug, event_enabled, info, warn};

use super::{Decision, Dispatcher, Router, timing::Timing};
use crate::{
    modification::{Journal, Pending, Written},
    node::{Node, Role, Ticket},
    observe::Refusal,
    route::NodeReason,
};

impl Router<'_> {
    /// Counts the statement at its node and writes its one event.
    ///
    /// No event holds bound values; the text, which may hold literals, is only in those of `echo`.
    #[inline(always)]
    pub(super) fn record(self, decision: &Decision, sql: &str) -> (Ticket, Option<Timing>) {
        let number = self.dispatcher.record(decision, sql);
        let timing = Timing::new(decision, number, self.hedges(decision));
        let effect = decision.effect();
        let ticket = Ticket::new(decision.node.clone(), self.scope.session, effect);
        let ticket = match decision.node_reason {
            NodeReason::Session { .. } => ticket.of_session(self.scope.session, false),
            NodeReason::Lagging => ticket.stand_in(),
            NodeReason::Crowded | NodeReason::Hedged if decision.node.role == Role::Master => {
                ticket.of_session(self.scope.session, true).stand_in()
            }
            NodeReason::Crowded | NodeReason::Hedged => ticket.of_session(self.scope.session, true),
            NodeReason::Elsewhere if decision.node.role == Role::Master => ticket.stand_in(),
            NodeReason::Elsewhere => ticket.of_session(self.scope.session, true),
            _ => ticket,
        };
        (ticket, timing)
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

    /// Counts the statement at its node and writes its one event; how many of its kind the node had before. In a transaction,
    /// that is the work in flight.
    #[inline(always)]
    pub(crate) fn record(&self, decision: &Decision, sql: &str) -> u64 {
        let node = &*decision.node;
        let access = decision.access();
        let number = node.counters.count(access);
        if decision.node_reason != NodeReason::Transaction
            && self.judgements.warning_is_due(&decision.judgement)
        {
            warn!(
                bind = %node.bind, node = %node.name, reason = %decision.judgement.class.reason,
                "the pooled connection that runs this forgets it: use a transaction of `db.begin()`, or a \
                 connection of your own from `db.get_…_connection_pool()`"
            );
        }
        if self.echo {
            info!(
                bind = %node.bind, node = %node.name, role = %node.role, %access,
                reason = %decision.reason(), sql, "statement"
            );
        } else if event_enabled!(Level::DEBUG) {
            debug!(
                bind = %node.bind, node = %node.name, role = %node.role, %access,
                reason = %decision.reason(), "statement"
            );
        }
        number
    }

    /// Counts that a slave refused a statement and, if it did so because that writes, remembers and logs it.
    pub(super) fn record_refusal(
        &self,
        decision: &Decision,
        refusal: Refusal,
        error: &DbErr,
        sql: &str,
    ) {
        let node = &*decision.node;
        node.counters.count_refusal();
        let learns = refusal == Refusal::OfStatement;
        if learns && self.judgements.learn_refusal(&decision.judgement) {
            let sql = self.echo.then_some(sql);
            warn!(
                bind = %node.bind, node = %node.name, %error, sql,
                "a slave refused as a write what looks like a read: from now on the master runs it"
            );
        }
    }

    /// Writes the event of a transaction's begin or end, like a statement's.
    pub(crate) fn record_transaction(&self, node: &Node, sql: &str) {
        if self.echo {
            info!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
        } else {
            debug!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
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
