use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Decision, Dispatcher, Router, reader::Read};
use crate::{
    config::Roles,
    error::RoutingError,
    freshness::Moment,
    names::BindName,
    node::{Bind, Node, Role},
};

/// Connections on which the same work may meet a fault one after the other.
const MOST_CONNECTIONS: usize = 3;

/// How long a statement waits to hear whether a master still is down that nobody else can replace: a beat of the monitor, and
/// as long as that waits for an answer.
const LATEST_WORD: Duration = Duration::from_secs(1);

/// Refuses to send the master what it can't take: writes need one that is up, and one only.
///
/// Where nobody else can become the master, silence is no reason: they wait there as on a plain connection.
pub(super) fn is_up(bind: &Bind) -> Result<(), RoutingError> {
    one_master(bind)?;
    let (health, replication) = (&bind.master.health, &bind.replication);
    if !health.is_down() || !replication.is_watched() {
        return Ok(());
    }
    replication.pulse.want(Moment::now());
    match replication.policy.roles == Roles::Fixed && !health.is_certainly_down() {
        true => Ok(()),
        false => Err(is_down(&bind.master)),
    }
}

/// The refusal to send something to a master that is down.
pub(super) fn is_down(master: &Node) -> RoutingError {
    RoutingError::MasterDown {
        node: master.key(),
        fault: (master.health.fault()).map_or_else(String::new, |fault| fault.to_string()),
    }
}

/// Waiting for a master.
impl Dispatcher {
    /// Waits until `bind` has a master that is up, or is known to have none: with roles that are discovered for as long as
    /// the bind says, else until its master has been asked once more. What was known before may be over.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// As [`is_up`], when the wait is over or too many wait already.
    pub(crate) async fn master_of(&self, name: &BindName) -> Result<Arc<Bind>, RoutingError> {
        self.master_unless(name, || false).await
    }

    /// As [`master_of`](Self::master_of), and not as soon as there is something `else_`.
    pub(super) async fn master_unless(
        &self,
        name: &BindName,
        else_: impl Fn() -> bool,
    ) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let Err(down) = is_up(&bind) else {
            return Ok(bind);
        };
        let Some(_held) = bind.replication.hold() else {
            return Err(down);
        };
        let (began, policy) = (Moment::now(), &bind.replication.policy);
        let is_fixed = policy.roles == Roles::Fixed;
        let patience = if is_fixed {
            LATEST_WORD
        } else {
            policy.hold_writes
        };
        let is_known = || is_fixed && bind.master.health.is_confirmed_since(began);
        let is_over = || is_known() || else_();
        self.master_until(Instant::now() + patience, name, is_over)
            .await
    }

    async fn master_until(
        &self,
        deadline: Instant,
        name: &BindName,
        is_over: impl Fn() -> bool,
    ) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let now_up = || {
            let topology = self.topology();
            let bind = topology.require(name)?.clone();
            is_up(&bind).map(|()| bind)
        };
        let pulse = &bind.replication.pulse;
        pulse
            .until(deadline, || now_up().is_ok() || is_over())
            .await;
        now_up()
    }
}

impl Router<'_> {
    /// The decision for what is for the master and met no connection there, or a fault that makes nothing twice: a new
    /// connection of that master, a slave that has what a read needs, or another node that has become the master
    /// meanwhile.
    pub(super) async fn once_more(self, decision: &Decision, is_unsent: bool) -> Option<Decision> {
        if let Some(next) = self.slave_instead(decision) {
            return Some(next);
        }
        if !is_unsent && let Some(next) = self.on_new_connection(decision) {
            return Some(next);
        }
        self.on_new_master(decision).await
    }

    /// The same where it was, if that is still there: its other connections are asked before they are used.
    pub(super) fn on_new_connection(self, decision: &Decision) -> Option<Decision> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&decision.node.bind)?;
        let node = bind
            .nodes()
            .find(|node| node.shares_pool_with(&decision.node))?;
        let is_well = node.role == Role::Slave || is_up(bind).is_ok();
        let may_retry = || bind.replication.may_retry(bind.reads());
        (is_well && decision.failed < MOST_CONNECTIONS && may_retry()).then(|| Decision {
            failed: decision.failed + 1,
            node: node.clone(),
            ..decision.clone()
        })
    }

    /// The same on a slave that has by now what the read needs.
    pub(super) fn slave_instead(self, decision: &Decision) -> Option<Decision> {
        if !decision.may_go_to_a_slave() {
            return None;
        }
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&decision.node.bind)?;
        let read = Read {
            judgement: &decision.judgement,
            takes_turn: false,
            avoid: None,
            has_waited: false,
            is_second: false,
        };
        let next = self.reader(bind, read).ok()?;
        let (reason, is_slave) = (next.node_reason, next.node.role == Role::Slave);
        (is_slave && decision.failed < MOST_CONNECTIONS).then(|| Decision {
            failed: decision.failed + 1,
            ..decision.clone().moved_as(next, reason)
        })
    }

    /// The decision for what met no connection, when another node has become the master meanwhile: it was not sent to
    /// the old one.
    async fn on_new_master(self, decision: &Decision) -> Option<Decision> {
        let instead = || self.slave_instead(decision);
        let next = self
            .next_master(&decision.node, || instead().is_some())
            .await;
        let is_next = |node: Arc<Node>| Decision {
            node,
            ..decision.clone()
        };
        next.map(is_next).or_else(instead)
    }

    /// The node that has become the master in the place of `old`, waited for if there is none, unless there is something
    /// `else_`.
    ///
    /// Cancel safe.
    async fn next_master(self, old: &Arc<Node>, else_: impl Fn() -> bool) -> Option<Arc<Node>> {
        let discovers = old.replication.policy.roles == Roles::Discover;
        if old.role != Role::Master || !discovers || self.scope.node.is_named() {
            return None;
        }
        let has_changed = |bind: &Arc<Bind>| !Arc::ptr_eq(&bind.master, old);
        let topology = self.dispatcher.topology();
        let known = topology.bind(&old.bind).filter(|bind| has_changed(bind));
        if let Some(bind) = known.filter(|bind| is_up(bind).is_ok()) {
            return Some(bind.master.clone());
        }
        let _held = old.replication.hold()?;
        // The monitor is about to find out what the fault was.
        let deadline = Instant::now() + old.replication.policy.hold_writes;
        let is_known = || match old.is_retired() {
            // The new one's topology follows at once.
            true => self
                .dispatcher
                .topology()
                .bind(&old.bind)
                .is_none_or(has_changed),
            false => old.health.is_down() || !old.health.is_suspect(),
        };
        let pulse = &old.replication.pulse;
        pulse.until(deadline, || is_known() || else_()).await;
        let bind = self.dispatcher.master_until(deadline, &old.bind, else_);
        let bind = bind.await.ok()?;
        has_changed(&bind).then(|| bind.master.clone())
    }
}

/// Refuses to write where several nodes claim to be the master.
pub(super) fn one_master(bind: &Bind) -> Result<(), RoutingError> {
    match bind.replication.is_contested() {
        false => Ok(()),
        true => Err(RoutingError::TwoMasters {
            bind: bind.name.clone(),
        }),
    }
}
