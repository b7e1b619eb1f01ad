use sea_orm::DbErr;

use super::{
    Decision, Router,
    service::{still_serves, was_down, was_replaced, while_it_serves},
};
use crate::{
    closure::BoxFuture,
    error::RoutingError,
    modification::{Pending, Rows},
    node::Ticket,
    observe::is_unsent,
};

/// What is run on the node of a decision: a statement, the beginning of a stream, a `BEGIN`.
pub(crate) trait Work: Send {
    type Answer: Send;

    /// Its text. It is asked for only where the work may be run again.
    fn sql(&mut self) -> &str;

    /// Runs it once; `again` says that it may be run again after an error.
    fn run(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        again: bool,
    ) -> impl Future<Output = Result<Self::Answer, DbErr>> + Send;
}

impl Router<'_> {
    /// Runs `work` on the node of `decision`, and on others as long as it may and must: a read that its slave refused
    /// as a write or failed to serve, and what no master got.
    ///
    /// Cancel safe as `work` is.
    ///
    /// # Errors
    /// The last error, unchanged.
    pub(crate) async fn run<W: Work>(
        self,
        mut decision: Decision,
        work: &mut W,
    ) -> Result<W::Answer, DbErr> {
        loop {
            if !decision.is_settled() {
                decision = boxed(self.settled(decision)).await?;
            }
            let again = decision.may_run_again();
            match work.run(self, &decision, again).await {
                Ok(answer) => return Ok(answer),
                Err(error) => match again {
                    true => decision = boxed(self.after(decision, error, work.sql())).await?,
                    false => {
                        self.dispatcher.note_error(&decision.node, &error);
                        return Err(error);
                    }
                },
            }
        }
    }

    /// The way on for what its node refused as a write or failed to serve, or the error if there is none.
    async fn after(self, decision: Decision, error: DbErr, sql: &str) -> Result<Decision, DbErr> {
        if let Some(refusal) = decision.healable(&error) {
            self.dispatcher
                .record_refusal(&decision, refusal, &error, sql);
            return Ok(self.on_master(decision)?);
        }
        let node = &decision.node;
        let was_down = was_down(&error);
        let is_fault = !was_down && self.dispatcher.note_error(node, &error);
        if decision.may_follow_the_master() {
            let is_repeatable = decision.is_read() && (is_fault || was_replaced(&error));
            let next = match is_unsent(&error) || is_repeatable {
                true => self.on_new_master(&decision).await,
                false => None,
            };
            return next.ok_or(error);
        }
        match was_down || is_fault || is_unsent(&error) {
            true => Ok(self.elsewhere(decision).ok_or(error)??),
            false => Err(error),
        }
    }
}

/// For what seldom runs: its room is not moved with every statement.
fn boxed<'f, T>(rare: impl Future<Output = T> + Send + 'f) -> BoxFuture<'f, T> {
    Box::pin(rare)
}

/// A statement or stream at its node: what it counts as there, and what it changes.
pub(crate) struct Attempt {
    pub(crate) ticket: Ticket,
    /// What it changes, if somebody wants to know.
    pub(crate) pending: Option<Pending>,
}

impl Attempt {
    /// Counts the statement at its node and writes its one event.
    pub(crate) fn new(router: Router<'_>, decision: &Decision, sql: &str) -> Self {
        Self {
            ticket: router.record(decision, sql),
            pending: router.dispatcher.expect(decision, sql),
        }
    }

    /// Waits for `work`, and notes that the node answered.
    ///
    /// # Errors
    /// That of `work`; [`RoutingError::NodeDown`] of a slave that goes down meanwhile, if another node may serve the
    /// statement, or falls silent; [`RoutingError::MasterChanged`] of a master that is replaced.
    pub(crate) async fn wait<T>(
        &self,
        router: Router<'_>,
        decision: &Decision,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let node = &decision.node;
        let answer = while_it_serves(node, decision.may_move(), work).await?;
        if !decision.is_read() {
            // What the old master did after another one took over may be lost.
            still_serves(node)?;
        }
        router.dispatcher.note_success(node);
        Ok(answer)
    }

    /// Tells what the statement has changed, if it has.
    pub(crate) fn settle<T: Rows>(&mut self, result: &Result<T, DbErr>) {
        match (self.pending.take(), result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(error)) => forget_unless_it_happened(pending, error),
            (None, _) => {}
        }
    }
}

/// Dropped without a word, it tells that it may have happened.
pub(crate) fn forget_unless_it_happened(pending: Pending, error: &DbErr) {
    if !RoutingError::may_have_happened(error) {
        pending.forget();
    }
}
