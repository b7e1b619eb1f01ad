use std::sync::Arc;

use sea_orm::DbErr;

use super::verdict::Verdict;
use crate::{
    bind::BindReason,
    classify::Access,
    node::{Node, Role},
    observe::{Refusal, refusal},
    route::{NodeReason, Route, RouteReason},
};

/// The node for one statement, with what it takes to explain it later.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) node: Arc<Node>,
    pub(super) verdict: Arc<Verdict>,
    pub(super) node_reason: NodeReason,
    /// Set where a handle or transaction, not the tables, decided the bind.
    pub(super) bind_reason: Option<BindReason>,
}

impl Decision {
    pub(crate) fn access(&self) -> Access {
        self.verdict.access()
    }

    pub(crate) fn is_read(&self) -> bool {
        self.verdict.is_read()
    }

    /// Whether the statement may run on the master if the node refuses it as a write.
    pub(crate) fn may_heal(&self) -> bool {
        self.node.role == Role::Slave && matches!(self.node_reason, NodeReason::Balanced { .. })
    }

    /// Why the master may run the statement after this error of its slave, if it may.
    pub(crate) fn healable(&self, error: &DbErr) -> Option<Refusal> {
        match self.may_heal() {
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
