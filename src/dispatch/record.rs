use sea_orm::DbErr;
use tracing::{Level, debug, event_enabled, info, warn};

use super::Decision;
use crate::{node::Node, route::NodeReason};

impl Decision {
    /// Counts the statement at its node and writes its one event.
    ///
    /// The event never holds bound values; the text, with its placeholders, only with `echo`.
    pub(crate) fn record(&self, echo: bool, sql: &str) {
        let node = &*self.node;
        let access = self.access();
        node.count(access);
        if self.node_reason != NodeReason::Transaction && self.verdict.warning_is_due() {
            warn!(
                bind = %node.bind, reason = %self.verdict.class.reason, sql,
                "the pooled connection that runs this forgets it: use a transaction, or a connection of your own"
            );
        }
        if echo {
            info!(
                bind = %node.bind, node = %node.name, role = %node.role, %access,
                reason = %self.reason(), sql, "statement"
            );
        } else if event_enabled!(Level::DEBUG) {
            debug!(
                bind = %node.bind, node = %node.name, role = %node.role, %access,
                reason = %self.reason(), "statement"
            );
        }
    }
}

impl Decision {
    /// Counts and remembers that the node refused the statement as a write; logs it the first time.
    pub(crate) fn record_refusal(&self, error: &DbErr, sql: &str) {
        let node = &*self.node;
        node.count_refusal();
        if self.verdict.learn_refusal() {
            warn!(
                bind = %node.bind, node = %node.name, %error, sql,
                "a slave refused as a write what looks like a read: from now on the master runs it"
            );
        }
    }
}

/// Writes the event of a transaction's begin or end, like a statement's.
pub(crate) fn transaction_event(echo: bool, node: &Node, sql: &'static str) {
    if echo {
        info!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
    } else {
        debug!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
    }
}
