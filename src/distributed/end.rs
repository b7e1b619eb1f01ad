use std::panic::resume_unwind;

use sea_orm::DbErr;
use tokio::runtime::Handle;
use tracing::Instrument;

use super::{DistributedTransaction, in_order, part::Part, transaction::Ending, two_phase};

impl DistributedTransaction {
    /// Commits on all binds, as the transaction's [`Atomicity`](super::Atomicity) says. A transaction without statements has nothing
    /// to commit.
    ///
    /// A commit that is dropped half-way goes on in the background.
    ///
    /// # Errors
    /// The driver's error, where nothing was committed because of it. Otherwise a transaction in order gives
    /// [`PartlyCommitted`](crate::RoutingError::PartlyCommitted), and a two-phase transaction gives
    /// [`NotCommitted`](crate::RoutingError::NotCommitted), [`Unfinished`](crate::RoutingError::Unfinished) or
    /// [`Undecided`](crate::RoutingError::Undecided).
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            database,
            parts,
            ending,
        } = self;
        match ending {
            Ending::InOrder => to_the_end(in_order::commit(parts)).await,
            Ending::TwoPhase(two_phase) => {
                to_the_end(two_phase::commit(database.dispatcher, parts, two_phase)).await
            }
            Ending::Nested => release(parts).await,
        }
    }

    /// Rolls back on all binds; a transaction without statements has nothing to roll back.
    ///
    /// Cancel safe: dropped half-way, the connections roll back before their next use.
    ///
    /// # Errors
    /// That of the first bind that fails, when all have been tried.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let mut result = Ok(());
        for part in self.parts {
            result = result.and(part.transaction.rollback().await);
        }
        result
    }
}

/// Commits a nested transaction: whether it stays is decided by the one around it.
async fn release(parts: Vec<Part>) -> Result<(), DbErr> {
    for part in parts {
        part.transaction.commit().await?;
    }
    Ok(())
}

/// Runs `work` to its end, also if nobody waits for it any more: half a commit is worse than a late one.
async fn to_the_end(
    work: impl Future<Output = Result<(), DbErr>> + Send + 'static,
) -> Result<(), DbErr> {
    let Ok(runtime) = Handle::try_current() else {
        return work.await;
    };
    match runtime.spawn(work.in_current_span()).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and with it whoever waits here.
            Err(_) => std::future::pending().await,
        },
    }
}
