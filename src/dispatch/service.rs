//! Waiting for a node that may go down or be replaced meanwhile.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll::{Pending, Ready},
};

use sea_orm::DbErr;

use crate::{
    error::RoutingError,
    freshness::Moment,
    node::{Node, Role},
};

/// Waits for `work`, but not for a master that another one has replaced meanwhile: it may hang for ever.
///
/// # Errors
/// [`RoutingError::MasterChanged`], or that of `work`.
pub(crate) async fn while_serving<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    unless(work, async {
        node.retirement().await;
        RoutingError::MasterChanged { node: node.key() }
    })
    .await
}

/// As [`while_serving`], and not for a slave that has fallen silent either.
///
/// # Errors
/// [`RoutingError::NodeDown`] too.
pub(crate) async fn while_well<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    unless(work, abandonment(node)).await
}

/// Waits for `work`, but not for a slave that goes down meanwhile.
///
/// # Errors
/// [`RoutingError::NodeDown`], or that of `work`.
pub(super) async fn while_up<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let is_down = || node.health.is_down() && node.replication.is_watched();
    let error = || RoutingError::NodeDown { node: node.key() };
    if is_down() {
        // It went down while the statement was on its way.
        return Err(error().into());
    }
    unless(work, async {
        let goes_down = node.health.goes_down();
        if !is_down() {
            goes_down.await;
        }
        error()
    })
    .await
}

/// Waits for `work`, or for the reason to give it up, which nobody looks for before `work` has to wait.
async fn unless<T>(
    work: impl Future<Output = Result<T, DbErr>>,
    reason: impl Future<Output = RoutingError>,
) -> Result<T, DbErr> {
    let (mut work, mut reason) = (pin!(work), pin!(reason));
    poll_fn(|context| match work.as_mut().poll(context) {
        Ready(result) => Ready(result),
        Pending => reason.as_mut().poll(context).map(|error| Err(error.into())),
    })
    .await
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
pub(crate) fn was_down(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::NodeDown { .. }))
}

/// Whether a statement was given up, or its answer is worth nothing, because its node is no longer the master.
pub(crate) fn was_replaced(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::MasterChanged { .. })
    )
}

/// Refuses work in a transaction whose node is no longer what it was.
pub(crate) fn still_serves(node: &Node) -> Result<(), RoutingError> {
    match node.is_retired() {
        false => Ok(()),
        true => Err(RoutingError::MasterChanged { node: node.key() }),
    }
}
