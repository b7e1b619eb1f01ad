//! Waiting for a node that may go down or be replaced meanwhile.

use std::{
    pin::Pin,
    task::{
        Context,
        Poll::{self, Ready},
    },
};

use pin_project_lite::pin_project;
use sea_orm::DbErr;

use super::master::is_down;
use crate::{
    config::Roles,
    error::RoutingError,
    freshness::Moment,
    node::{Arrival, Node, Role},
};

/// Waits for `work`, but not for a master that another one has replaced meanwhile: it may hang for ever.
///
/// # Errors
/// [`RoutingError::MasterChanged`], or that of `work`.
pub(crate) async fn while_serving<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let reason = async {
        node.retirement().await;
        RoutingError::MasterChanged { node: node.key() }
    };
    Unless {
        work,
        reason,
        is_hopeless: false,
        node,
        is_under_way: false,
    }
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
    Unless {
        work,
        reason: abandonment(node),
        is_hopeless: false,
        node,
        is_under_way: false,
    }
    .await
}

/// As [`while_well`], and not for a slave that goes down meanwhile, if the work `may_move`.
///
/// # Errors
/// As [`while_well`].
pub(super) fn while_it_serves<'n, T: 'n>(
    node: &'n Node,
    may_move: bool,
    work: impl Future<Output = Result<T, DbErr>> + 'n,
) -> impl Future<Output = Result<T, DbErr>> + 'n {
    Unless {
        work,
        reason: end_of_service(node, may_move),
        // It may have gone down while the statement was on its way.
        is_hopeless: may_move && is_known_down(node),
        node,
        is_under_way: false,
    }
}

async fn end_of_service(node: &Node, may_move: bool) -> RoutingError {
    if !may_move {
        return abandonment(node).await;
    }
    downfall(node).await;
    RoutingError::NodeDown { node: node.key() }
}

fn is_known_down(node: &Node) -> bool {
    node.health.is_down() && node.replication.is_watched()
}

pin_project! {
    /// Waits for `work`, or for the reason to give it up, which nobody looks for before `work` has to wait. If it
    /// `is_hopeless`, it does not begin.
    ///
    /// An async function would have room for both twice, for its arguments and for what it waits for, and each
    /// statement moves that.
    struct Unless<'n, W, R> {
        #[pin]
        work: W,
        #[pin]
        reason: R,
        is_hopeless: bool,
        node: &'n Node,
        // Whether it has begun to wait, and not ended.
        is_under_way: bool,
    }

    impl<'n, W, R> PinnedDrop for Unless<'n, W, R> {
        fn drop(this: Pin<&mut Self>) {
            if this.is_under_way {
                this.node.note_given_up();
            }
        }
    }
}

impl<W, R, T> Future for Unless<'_, W, R>
where
    W: Future<Output = Result<T, DbErr>>,
    R: Future<Output = RoutingError>,
{
    type Output = Result<T, DbErr>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !*this.is_hopeless
            && let Ready(result) = this.work.poll(context)
        {
            *this.is_under_way = false;
            return Ready(result);
        }
        *this.is_under_way = !*this.is_hopeless;
        this.reason.poll(context).map(|error| Err(error.into()))
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

/// Whether a statement was given up because its slave went down, or could not be logged in to, or has no session for it.
pub(crate) fn was_down(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(
            RoutingError::NodeDown { .. }
                | RoutingError::NoCredentials { .. }
                | RoutingError::SharedSessions { .. }
        )
    )
}

/// Whether an answer was thrown away because its slave was found to hold less than was known.
pub(super) fn was_set_back(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::SlaveSetBack { .. })
    )
}

/// Whether a statement was given up, or its answer is worth nothing, because its node is no longer the master.
pub(crate) fn was_replaced(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::MasterChanged { .. })
    )
}

/// Refuses what a slave has answered that was meanwhile found to hold less than was known when it had been set back
/// `setbacks` times: the answer may come from a connection that was opened since, and be older than what is promised.
///
/// # Errors
/// [`RoutingError::SlaveSetBack`].
#[inline]
pub(crate) fn still_holds(node: &Node, setbacks: Option<u32>) -> Result<(), RoutingError> {
    match setbacks {
        Some(setbacks) if setbacks != node.freshness.setbacks() => {
            Err(RoutingError::SlaveSetBack { node: node.key() })
        }
        _ => Ok(()),
    }
}

/// Whether work was given up that waited for a connection, while its master went down.
pub(crate) fn was_unsent(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::MasterDown { .. })
    )
}

/// Waits for `work`, but for a connection to a master that may be replaced only as long as that is up: the driver tries for as
/// long as its pool allows.
///
/// # Errors
/// [`RoutingError::MasterDown`], or that of `work`.
pub(crate) async fn while_up<T>(
    node: &Node,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    if !may_be_replaced(node) {
        return work.await;
    }
    let arrival = Arrival::default();
    let mut work = std::pin::pin!(arrival.of(work));
    tokio::select! {
        biased;
        answer = &mut work => return answer,
        () = downfall(node) => {}
    }
    match arrival.has_come() {
        // Perhaps it was done.
        true => work.await,
        false => Err(is_down(node).into()),
    }
}

/// Whether it is a master in whose place another node may come, and whose pool tells who gets a connection.
pub(super) fn may_be_replaced(node: &Node) -> bool {
    node.role == Role::Master
        && node.replication.policy.failover.roles == Roles::Discover
        && node.opener.opens_anew()
}

async fn downfall(node: &Node) {
    let goes_down = node.health.goes_down();
    if !is_known_down(node) {
        goes_down.await;
    }
}

/// Refuses work in a transaction whose node is no longer what it was.
pub(crate) fn still_serves(node: &Node) -> Result<(), RoutingError> {
    match node.is_retired() {
        false => Ok(()),
        true => Err(RoutingError::MasterChanged { node: node.key() }),
    }
}
