use tracing::{Level, debug, event_enabled, info};

use super::Decision;
use crate::node::Node;

impl Decision {
    /// Counts the statement at its node and writes its one event.
    ///
    /// The event never holds bound values; the text, with its placeholders, only with `echo`.
    pub(crate) fn record(&self, echo: bool, sql: &str) {
        let node = &*self.node;
        let access = self.access();
        node.count(access);
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

/// Writes the event of a transaction's begin or end, like a statement's.
pub(crate) fn transaction_event(echo: bool, node: &Node, sql: &'static str) {
    if echo {
        info!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
    } else {
        debug!(bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
    }
}
