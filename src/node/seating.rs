use std::sync::Arc;

use super::{Allowance, Node, Quota, Seat};
use crate::error::RoutingError;

impl Node {
    /// Has its pool take part in what all pools may have together. One that was given is its owner's.
    pub(crate) fn join(&self, quota: &Arc<Quota>) {
        let Some(capacity) = self.capacity.filter(|_| self.opener.opens_anew()) else {
            return;
        };
        self.allowance
            .get_or_init(|| Allowance::new(quota, &self.connection, capacity.connections));
    }

    /// Whether work needs a place there, as there is a limit for all pools.
    #[inline]
    pub(super) fn is_limited(&self) -> bool {
        let allowance = self.allowance.get();
        allowance.is_some_and(|allowance| allowance.quota().is_limited())
    }

    /// A place for work that takes a connection of its pool, if it needs one.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// [`RoutingError::OutOfConnections`].
    pub(crate) async fn seat(&self) -> Result<Option<Seat>, RoutingError> {
        if !self.is_limited() {
            return Ok(None);
        }
        let Some(allowance) = self.allowance.get() else {
            return Ok(None);
        };
        let patience = self.patience().unwrap_or_default();
        let seat = allowance.quota().enter(allowance, patience).await;
        seat.ok_or_else(|| RoutingError::OutOfConnections {
            node: self.key(),
            most: allowance.quota().most(),
            waited: patience,
        })
    }
}
