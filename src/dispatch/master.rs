use std::sync::Arc;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::{Decision, Dispatcher, Scope};
use crate::{
    config::Roles,
    error::RoutingError,
    freshness::Moment,
    names::BindName,
    node::{Bind, Node, Role},
};

/// Writes need a master that is up, and one only.
impl Dispatcher {
    /// Refuses to send the master what it can't take.
    pub(super) fn is_up(&self, bind: &Bind) -> Result<(), RoutingError> {
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

    /// Waits until `bind` has a master that is up, if its roles are discovered and not too many wait already.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// As [`is_up`](Self::is_up), when the wait is over.
    pub(crate) async fn master_of(&self, name: &BindName) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let Err(down) = self.is_up(&bind) else {
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
            self.is_up(&bind).map(|()| bind)
        };
        let pulse = &bind.replication.pulse;
        pulse.until(deadline, || now_up().is_ok()).await;
        now_up()
    }

    /// The decision for a write that met no connection, when another node has become the master meanwhile: it was not
    /// sent to the old one.
    pub(crate) async fn on_new_master(
        &self,
        scope: &Scope,
        decision: &Decision,
    ) -> Option<Decision> {
        let node = self.next_master(scope, &decision.node).await?;
        Some(Decision {
            node,
            ..decision.clone()
        })
    }

    /// The node that has become the master in the place of `old`, waited for if there is none.
    ///
    /// Cancel safe.
    pub(crate) async fn next_master(&self, scope: &Scope, old: &Arc<Node>) -> Option<Arc<Node>> {
        let discovers = old.replication.policy.roles == Roles::Discover;
        if old.role != Role::Master || !discovers || scope.node.is_named() {
            return None;
        }
        let has_changed = |bind: &Arc<Bind>| !Arc::ptr_eq(&bind.master, old);
        let topology = self.topology();
        let known = topology.bind(&old.bind).filter(|bind| has_changed(bind));
        if let Some(bind) = known.filter(|bind| self.is_up(bind).is_ok()) {
            return Some(bind.master.clone());
        }
        let _held = old.replication.hold()?;
        // The monitor is about to find out what the fault was.
        let deadline = Instant::now() + old.replication.policy.hold_writes;
        let is_known = || match old.is_retired() {
            // The new one's topology follows at once.
            true => self.topology().bind(&old.bind).is_none_or(has_changed),
            false => old.health.is_down() || !old.health.is_suspect(),
        };
        old.replication.pulse.until(deadline, is_known).await;
        let bind = self.master_until(deadline, &old.bind).await.ok()?;
        has_changed(&bind).then(|| bind.master.clone())
    }
}

impl Decision {
    /// Whether the statement is for whoever is the master, and that may change.
    pub(crate) fn may_follow_the_master(&self) -> bool {
        self.node.role == Role::Master
            && self.node.replication.policy.roles == Roles::Discover
            && !self.is_in_transaction()
    }
}

/// Waits for `work`, but not for a master that another one has replaced meanwhile: it may hang for ever.
///
/// # Errors
/// [`RoutingError::MasterChanged`], or that of `work`.
pub(crate) async fn while_serving<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    tokio::select! {
        biased;
        result = work => result,
        () = node.retirement() => Err(RoutingError::MasterChanged { node: node.key() }.into()),
    }
}

/// As [`while_serving`], and not for a slave that has fallen silent either.
///
/// # Errors
/// [`RoutingError::NodeDown`] too.
pub(crate) async fn while_well<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    tokio::select! {
        biased;
        result = work => result,
        error = abandonment(node) => Err(error.into()),
    }
}

/// Waits until nothing more is to be expected of the work that `node` has in flight; cancel safe.
pub(crate) async fn abandonment(node: &Node) -> RoutingError {
    match node.role {
        Role::Slave => {
            if node.health.is_down() {
                // It is asked at once.
                node.replication.pulse.want(Moment::now());
            }
            node.health.silence(Moment::now()).await;
            RoutingError::NodeDown { node: node.key() }
        }
        Role::Master => {
            node.retirement().await;
            RoutingError::MasterChanged { node: node.key() }
        }
    }
}

/// Whether a statement was given up because its slave went down.
pub(crate) fn was_left(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::NodeDown { .. }))
}

/// Whether a statement was given up, or its answer is worth nothing, because its node is no longer the master.
pub(crate) fn was_replaced(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::MasterChanged { .. })
    )
}

/// Refuses to write where several nodes claim to be the master.
pub(super) fn one_master(bind: &Bind) -> Result<(), RoutingError> {
    match bind.replication.is_contested() {
        false => Ok(()),
        true => Err(RoutingError::TwoMasters {
            bind: bind.name.to_string(),
        }),
    }
}

/// Refuses work in a transaction whose node is no longer what it was.
pub(crate) fn still_serves(node: &Node) -> Result<(), RoutingError> {
    match node.is_retired() {
        false => Ok(()),
        true => Err(RoutingError::MasterChanged { node: node.key() }),
    }
}
