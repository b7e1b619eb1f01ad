use std::sync::Arc;

use sea_orm::DbErr;

use super::verdict::Verdict;
use crate::{
    bind::BindReason,
    classify::Access,
    freshness::Moment,
    node::{Node, Role},
    observe::{Refusal, refusal},
    route::{NodeReason, Route, RouteReason},
    session::TableKey,
};

/// The node for one statement, with what it takes to explain it later.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) node: Arc<Node>,
    pub(super) verdict: Arc<Verdict>,
    pub(super) node_reason: NodeReason,
    /// Set where a handle or transaction, not the tables, decided the bind.
    pub(super) bind_reason: Option<BindReason>,
    /// Set where the statement would rather wait for a slave.
    pub(super) behind: Option<Behind>,
    /// Whether the statement waits for a master.
    pub(super) is_held: bool,
    /// How many nodes have failed to serve it.
    pub(super) failed: usize,
}

/// The slave that would have served a read, and what it lacks.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    pub(super) slave: Arc<Node>,
    pub(super) needed: Moment,
    pub(super) slaves: usize,
}

impl Decision {
    pub(crate) fn access(&self) -> Access {
        self.verdict.access()
    }

    /// The tables that the statement may change; `None` if it is a read.
    pub(crate) fn changed_tables(&self) -> Option<Arc<[TableKey]>> {
        self.verdict.changed_tables()
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        self.node_reason == NodeReason::Transaction
    }

    pub(super) fn read_tables(&self) -> &[TableKey] {
        self.verdict.read_tables()
    }

    pub(crate) fn is_read(&self) -> bool {
        self.verdict.is_read()
    }

    /// Whether the statement may run on another node if this one refuses it as a write or fails.
    pub(crate) fn may_move(&self) -> bool {
        let chosen = matches!(
            self.node_reason,
            NodeReason::Balanced { .. } | NodeReason::Session { .. } | NodeReason::Elsewhere
        );
        self.node.role == Role::Slave && chosen
    }

    /// Why the master may run the statement after this error of its slave, if it may.
    pub(crate) fn healable(&self, error: &DbErr) -> Option<Refusal> {
        match self.may_move() {
            true => refusal(error),
            false => None,
        }
    }

    pub(crate) fn reason(&self) -> RouteReason {
        RouteReason {
            access: self.verdict.class.reason.clone(),
            bind: self.bind_reason(),
            node: self.node_reason,
        }
    }

    pub(crate) fn route(&self) -> Route {
        Route {
            bind: self.node.bind.clone(),
            node: self.node.name.clone(),
            role: self.node.role,
            access: self.access(),
            reason: self.reason(),
        }
    }

    pub(super) fn bind_reason(&self) -> BindReason {
        match (&self.bind_reason, &self.verdict.target) {
            (Some(reason), _) => reason.clone(),
            (None, Ok(target)) => target.reason.clone(),
            (None, Err(_)) => BindReason::Handle,
        }
    }
}
