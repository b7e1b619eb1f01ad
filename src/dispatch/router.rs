use std::sync::Arc;

use super::{
    Decision, Dispatcher, NodeScope, Scope, Wording,
    decision::{Awaits, BoundBy},
    judgement::Judgement,
    master::{is_up, one_master},
    reader::Read,
};
use crate::{
    classify::Reach,
    config::Roles,
    error::RoutingError,
    names::NodeName,
    node::{Bind, Node, Role},
    route::NodeReason,
};

/// The way of one handle's statements to their nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Router<'r> {
    pub(super) dispatcher: &'r Arc<Dispatcher>,
    pub(super) scope: &'r Scope,
    /// The master whose dialect SeaORM was told.
    pub(super) home: &'r Node,
}

impl<'r> Router<'r> {
    pub(crate) fn new(dispatcher: &'r Arc<Dispatcher>, scope: &'r Scope, home: &'r Node) -> Self {
        Self {
            dispatcher,
            scope,
            home,
        }
    }

    pub(crate) fn dispatcher(self) -> &'r Arc<Dispatcher> {
        self.dispatcher
    }

    /// The decision for a text that will not run: no slave's turn is taken.
    pub(crate) fn peek(self, wording: Wording<'_>) -> Result<Decision, RoutingError> {
        let decision = self.route(wording, false)?;
        self.fit(decision, wording)
    }

    /// The same before the dialect of its node has been looked at, if there is one.
    #[cfg(feature = "stream")]
    pub(super) fn expected(self, wording: Wording<'_>) -> Option<Decision> {
        self.route(wording, false).ok()
    }

    /// The decision for a text that is about to run, before the dialect of its node has been looked at.
    #[inline(always)]
    pub(super) fn decide(self, wording: Wording<'_>) -> Result<Decision, RoutingError> {
        self.route(wording, true)
    }

    #[inline(always)]
    fn route(self, wording: Wording<'_>, takes_turn: bool) -> Result<Decision, RoutingError> {
        let judgement = self.dispatcher.judgements.of(wording);
        self.permits(&judgement)?;
        let topology = self.dispatcher.topology.load();
        let read = Read {
            takes_turn,
            ..Read::of(&judgement)
        };
        if let Some(name) = &self.scope.bind {
            let bind = topology.require(name)?;
            return Ok(Decision {
                bound_by: BoundBy::Handle,
                ..self.place(bind, &self.scope.node, read)?
            });
        }
        if self.dispatcher.governance.is_needed()
            && let Some(governed) = self.governed(&topology, wording.backend, read)
        {
            return governed;
        }
        let target = judgement.target.as_ref().map_err(Clone::clone)?;
        let bind = topology.require(&target.bind)?;
        match (&self.scope.node, &target.pin) {
            (NodeScope::Split, Some(pin)) => named(bind, pin, &judgement),
            (nodes, _) => self.place(bind, nodes, read),
        }
    }

    /// Refuses what may change something where only reads are let through.
    ///
    /// # Errors
    /// [`RoutingError::WritePrevented`].
    #[inline(always)]
    pub(super) fn permits(self, judgement: &Judgement) -> Result<(), RoutingError> {
        match judgement.reach() <= Reach::Server || !self.scope.prevents_writes() {
            true => Ok(()),
            false => Err(prevented(judgement)),
        }
    }

    #[inline(always)]
    pub(super) fn place(
        self,
        bind: &Bind,
        nodes: &NodeScope,
        read: Read<'_>,
    ) -> Result<Decision, RoutingError> {
        let judgement = read.judgement;
        let pinned = |node| Decision::new(judgement, node, NodeReason::Pinned);
        match nodes {
            NodeScope::Split if judgement.is_read() => self.reader(bind, read),
            NodeScope::Split => {
                let reason = match judgement.is_refused() {
                    true => NodeReason::Refused,
                    false => NodeReason::Write,
                };
                master(bind, judgement, reason)
            }
            NodeScope::Master if judgement.is_read() => Ok(pinned(&bind.master)),
            NodeScope::Master => master(bind, judgement, NodeReason::Pinned),
            NodeScope::Named(name) => named(bind, name, judgement),
            NodeScope::Slave => {
                let slave = self.slave(bind, read.takes_turn)?;
                reads_only(judgement, slave)?;
                Ok(pinned(slave))
            }
        }
    }
}

#[cold]
fn prevented(judgement: &Judgement) -> RoutingError {
    RoutingError::WritePrevented {
        reason: judgement.class.reason.clone(),
    }
}

/// The master, also one that is down: whether it still is, and whether there will be another one, is waited for.
///
/// # Errors
/// Several nodes take writes.
pub(super) fn master(
    bind: &Bind,
    judgement: &Arc<Judgement>,
    reason: NodeReason,
) -> Result<Decision, RoutingError> {
    let awaits = match is_up(bind) {
        Ok(()) => Awaits::Nothing,
        Err(error @ RoutingError::TwoMasters { .. })
            if bind.replication.policy.failover.roles == Roles::Fixed =>
        {
            return Err(error);
        }
        Err(_) => Awaits::Master,
    };
    Ok(Decision {
        awaits,
        ..Decision::new(judgement, &bind.master, reason)
    })
}

pub(super) fn named(
    bind: &Bind,
    name: &NodeName,
    judgement: &Arc<Judgement>,
) -> Result<Decision, RoutingError> {
    let node = bind.node(name)?;
    reads_only(judgement, node)?;
    if !judgement.leaves_no_trace() {
        one_master(bind)?;
    }
    Ok(Decision::new(judgement, node, NodeReason::Pinned))
}

/// Refuses to send a slave what is not proven a read.
pub(super) fn reads_only(judgement: &Judgement, node: &Node) -> Result<(), RoutingError> {
    if judgement.leaves_no_trace() || node.role == Role::Master {
        return Ok(());
    }
    Err(RoutingError::WriteOnSlave {
        node: node.key(),
        reason: judgement.class.reason.clone(),
    })
}
