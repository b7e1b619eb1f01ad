use std::sync::Arc;

use tokio::time::Instant;

use super::{Decision, Dispatcher, Router};
use crate::{
    config::Roles,
    error::RoutingError,
    freshness::Moment,
    names::BindName,
    node::{Bind, Node, Role},
};

/// Refuses to send the master what it can't take: writes need one that is up, and one only.
pub(super) fn is_up(bind: &Bind) -> Result<(), RoutingError> {
    let replication = &bind.replication;
    one_master(bind)?;
    if !bind.master.health.is_down() || !replication.is_watched() {
        return Ok(());
    }
    replication.pulse.want(Moment::now());
    Err(RoutingError::MasterDown {
        node: bind.master.key(),
        fault: (bind.master.health.fault()).map_or_else(String::new, |fault| fault.to_string()),
    })
}

/// Waiting for a master.
impl Dispatcher {
    /// Waits until `bind` has a master that is up, if its roles are discovered and not too many wait already.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// As [`is_up`], when the wait is over.
    pub(crate) async fn master_of(&self, name: &BindName) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let Err(down) = is_up(&bind) else {
            return Ok(bind);
        };
        let replication = &bind.replication;
        if replication.policy.roles == Roles::Fixed {
            return Err(down);
        }
        let Some(_held) = replication.hold() else {
            return Err(down);
        };
        let deadline = Instant::now() + replication.policy.hold_writes;
        self.master_until(deadline, name).await
    }

    async fn master_until(
        &self,
        deadline: Instant,
        name: &BindName,
    ) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let now_up = || {
            let topology = self.topology();
            let bind = topology.require(name)?.clone();
            is_up(&bind).map(|()| bind)
        };
        let pulse = &bind.replication.pulse;
        pulse.until(deadline, || now_up().is_ok()).await;
        now_up()
    }
}

impl Router<'_> {
    /// The decision for a write that met no connection, when another node has become the master meanwhile: it was not
    /// sent to the old one.
    pub(super) async fn on_new_master(self, decision: &Decision) -> Option<Decision> {
        let node = self.next_master(&decision.node).await?;
        let decision = decision.clone();
        Some(Decision { node, ..decision })
    }

    /// The node that has become the master in the place of `old`, waited for if there is none.
    ///
    /// Cancel safe.
    async fn next_master(self, old: &Arc<Node>) -> Option<Arc<Node>> {
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
        old.replication.pulse.until(deadline, is_known).await;
        let bind = self
            .dispatcher
            .master_until(deadline, &old.bind)
            .await
            .ok()?;
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
