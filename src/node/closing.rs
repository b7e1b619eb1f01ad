use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};
use tokio::time::timeout;

use super::Node;
use crate::{driver::in_use, error::RoutingError};

/// How long closing waits for work in flight: as long as an orchestrator gives a process to end, and some.
const PATIENCE: Duration = Duration::from_secs(10);

impl Node {
    /// What is open at this pool must not be trusted any more.
    pub(crate) fn retire(&self) {
        self.retirement.come();
        self.close_pool();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retirement.has_come()
    }

    /// Waits until the pool must not be trusted any more; cancel safe.
    pub(crate) async fn retirement(&self) {
        self.retirement.wait().await;
    }

    /// Nothing begins at this pool any more; what is open there may end. A pool that was given is left open: its owner
    /// may need it.
    pub(crate) fn close_pool(&self) {
        if self.opener.opens_anew() {
            let pools = self.last_pools();
            tokio::spawn(async move { close_all(pools).await });
        }
    }

    /// Closes the pool, and waits for work in flight, but not for ever; cancel safe: what was begun goes on.
    ///
    /// # Errors
    /// The driver's, or [`RoutingError::StillOpen`].
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let pools = self.last_pools();
        // On its own: idle connections are closed after the last one that works, whoever still waits for that.
        let closing = tokio::spawn(async move { close_all(pools).await });
        match timeout(PATIENCE, closing).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(DbErr::Custom(error.to_string())),
            Err(_) => Err(RoutingError::StillOpen {
                node: self.key(),
                in_flight: self.counters.in_flight(),
                connections: self.pools().iter().map(in_use).sum(),
            }
            .into()),
        }
    }

    /// The same for the last time: what is lent from now on is of the closed pool.
    fn last_pools(&self) -> Vec<DatabaseConnection> {
        self.lent_executors.seal();
        self.lent_connections.seal();
        for lending in self.lodgers.all() {
            lending.seal();
        }
        self.pools()
    }

    /// That of its statements, and what was lent.
    pub(super) fn pools(&self) -> Vec<DatabaseConnection> {
        let lent = [&self.lent_executors, &self.lent_connections];
        let lodgers = self.lodgers.all();
        let lent = lent.into_iter().chain(&lodgers);
        let lent = lent.filter_map(|lending| lending.opened());
        std::iter::once(&self.connection)
            .chain(lent)
            .cloned()
            .collect()
    }
}

/// Nothing begins in any of them while the others still work.
async fn close_all(pools: Vec<DatabaseConnection>) -> Result<(), DbErr> {
    let closing: Vec<_> = pools
        .into_iter()
        .map(|pool| tokio::spawn(async move { pool.close_by_ref().await }))
        .collect();
    let mut answer = Ok(());
    for closed in closing {
        let closed = closed.await;
        let closed = closed.unwrap_or_else(|error| Err(DbErr::Custom(error.to_string())));
        answer = answer.and(closed);
    }
    answer
}
