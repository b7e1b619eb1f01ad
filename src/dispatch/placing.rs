//! Where nobody knows yet which bind has what a statement is about.

use super::{Decision, Parcel, Router, Wording};
use crate::error::RoutingError;

/// Somebody's definition may make it necessary to ask again.
const ROUNDS: usize = 3;

impl Router<'_> {
    /// The decision for a statement that had none, if asking the binds for what it names gives one.
    ///
    /// # Errors
    /// The first error if that was another one.
    pub(crate) async fn decide_asking(
        self,
        mut error: RoutingError,
        parcel: &mut Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        for _ in 0..ROUNDS {
            self.ask(error, parcel.wording()).await?;
            match self.decide_for(parcel) {
                Ok(decision) => return Ok(decision),
                Err(next) => error = next,
            }
        }
        Err(error)
    }

    /// Asks the binds for what a text names, if that is what was missing.
    ///
    /// # Errors
    /// The error if something else was.
    pub(crate) async fn ask(
        self,
        error: RoutingError,
        wording: Wording<'_>,
    ) -> Result<(), RoutingError> {
        match error {
            RoutingError::UnaskedObject { .. } => {
                let topology = self.dispatcher.topology();
                let judgements = &self.dispatcher.judgements;
                let around = self.scope.around.now(&self.dispatcher.governance);
                let shards: Vec<_> = around
                    .iter()
                    .flat_map(|around| around.shard_binds())
                    .collect();
                judgements.locate(&topology, wording, &shards).await
            }
            other => Err(other),
        }
    }
}
