use std::{future::ready, sync::Arc};

use sea_orm::DbErr;

use super::{
    Decision, Router, Telling, Wording,
    explained::explained,
    hedge::{SharedTrace, Trace},
    service::{still_serves, was_down, was_replaced, was_set_back, was_unsent, while_it_serves},
    timing::Timing,
};
use crate::{
    closure::BoxFuture,
    error::RoutingError,
    freshness::Moment,
    modification::{Pending, Rows},
    node::{Seat, Ticket},
    observe::{Fault, Refusal, fault, has_begun, is_unsent},
};

/// What is run on the node of a decision: a statement, the beginning of a stream, a `BEGIN`.
///
/// Its parts are called by the one loop instead of being futures around each other: each such future would have room
/// for what it is given twice, and every statement moves that.
pub(crate) trait Work: Send {
    type Answer: Send;

    /// What is kept while the node is at work.
    type Attempt: Send;

    /// What the node answers.
    type Sent: Send;

    /// Whether somebody may wait for catalogues that tell something else when it is done.
    const MAY_DEFINE: bool = false;

    /// Where it runs first.
    fn decide(&mut self, router: Router<'_>) -> Result<Decision, RoutingError>;

    /// The same once what was missing is known.
    fn decide_asking(
        &mut self,
        _: Router<'_>,
        error: RoutingError,
    ) -> impl Future<Output = Result<Decision, RoutingError>> + Send {
        ready(Err(error))
    }

    /// Whether a master may have it once more after the first one may have run it: it does nothing, or can be kept from writing
    /// there.
    fn may_be_repeated(&self, _: &Decision) -> bool {
        true
    }

    /// Whether it is to be [fitted](Self::fit).
    const IS_FITTED: bool = false;

    /// Where it runs, by what is known of its node once that can have a statement.
    fn fit(&self, _: Router<'_>, decision: Decision) -> Result<Decision, RoutingError> {
        Ok(decision)
    }

    /// What it is, where it has not been sent; `None` for what always has a node.
    fn unsent(&self) -> Option<Wording<'_>> {
        None
    }

    /// Its text as it was `sent`. It is asked for only where the work may be run again.
    fn sql(&mut self, sent: &Decision) -> &str;

    /// Whether a connection of the node on which it was refused is closed already.
    fn closes_refused(&self, _: &Decision) -> bool {
        false
    }

    /// Begins to run it once; `again` says that it may be run again after an error.
    fn start<'w>(
        &'w mut self,
        router: Router<'w>,
        decision: &'w Decision,
        again: bool,
    ) -> (
        Self::Attempt,
        impl Future<Output = Result<Self::Sent, DbErr>> + Send + 'w,
    );

    /// What it has come to.
    fn finish(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        attempt: Self::Attempt,
        sent: Result<Self::Sent, DbErr>,
    ) -> Result<Self::Answer, DbErr>;

    /// What is told of the last error.
    fn fail(self, error: DbErr) -> Result<Self::Answer, DbErr>
    where
        Self: Sized,
    {
        Err(error)
    }
}

impl<'r> Router<'r> {
    /// Runs `work` on the node that its route names, and on others as long as it may and must: a read that its slave
    /// refused or failed to serve, and what no master got.
    ///
    /// Cancel safe as `work` is.
    ///
    /// # Errors
    /// The last error, unchanged.
    #[allow(
        clippy::manual_async_fn,
        reason = "an async function has room for its arguments twice"
    )]
    pub(crate) fn run<'f, W: Work + 'f>(
        self,
        mut work: W,
    ) -> impl Future<Output = Result<W::Answer, DbErr>> + Send + 'f
    where
        'r: 'f,
    {
        async move {
            let mut decision = match work.decide(self) {
                Ok(decision) => decision,
                Err(error) => match boxed(work.decide_asking(self, error)).await {
                    Ok(decision) => decision,
                    Err(error) => {
                        self.tell_refused(&work, &error);
                        return Err(error.into());
                    }
                },
            };
            let mut refused_logins = 0;
            let error = loop {
                if !decision.is_settled() {
                    decision = boxed(self.settled_or_told(decision)).await?;
                    decision.taken = Moment::FIRST;
                }
                let mut seat = None;
                let prepared = match decision.node.is_ready() {
                    true => Ok(()),
                    false => {
                        decision.taken = Moment::FIRST;
                        let prepared = boxed(decision.prepared()).await;
                        prepared.map(|taken| seat = taken)
                    }
                };
                if W::IS_FITTED && prepared.is_ok() {
                    let node = decision.node.clone();
                    decision = match work.fit(self, decision) {
                        Ok(decision) => decision,
                        Err(error) => {
                            self.tell_refused(&work, &error);
                            break error.into();
                        }
                    };
                    if !Arc::ptr_eq(&node, &decision.node) {
                        continue;
                    }
                }
                let again = decision.may_run_again();
                let answer = match prepared {
                    Ok(()) => {
                        let keeps = again || decision.node.login.is_some();
                        let (attempt, sent) = work.start(self, &decision, keeps);
                        let sent = match &seat {
                            None => sent.await,
                            Some(seat) => boxed(seat.of(sent)).await,
                        };
                        work.finish(self, &decision, attempt, sent)
                    }
                    Err(error) => {
                        self.tell_unsent(&decision, &error);
                        Err(error)
                    }
                };
                match answer {
                    Ok(answer) => {
                        if W::MAY_DEFINE && !decision.is_read() && decision.defines() {
                            boxed(self.dispatcher.note_definition(&decision)).await;
                        }
                        return Ok(answer);
                    }
                    Err(error)
                        if decision.node.login.is_some()
                            && boxed(decision.node.renews_login(&error, &mut refused_logins))
                                .await =>
                    {
                        // It was not sent, and is given back to be sent again.
                        work.sql(&decision);
                        decision.taken = Moment::FIRST;
                    }
                    Err(error) if again => {
                        if decision.may_move()
                            && has_begun(&error)
                            && !work.closes_refused(&decision)
                        {
                            decision.node.renew();
                        }
                        let may_be_repeated = work.may_be_repeated(&decision);
                        let (node, sql) = (decision.node.clone(), work.sql(&decision));
                        let after = self.after(decision, error, sql, may_be_repeated);
                        match boxed(after).await {
                            Ok(next) => {
                                decision = next;
                                // The first run has taken its time.
                                decision.taken = Moment::FIRST;
                            }
                            Err(error) => break boxed(explained(&node, error)).await,
                        }
                    }
                    Err(error) => {
                        self.note_failure(&decision, &error);
                        break boxed(explained(&decision.node, error)).await;
                    }
                }
            };
            work.fail(error)
        }
    }
}

impl Router<'_> {
    /// As [`settled`](Self::settled), and told of if nobody will have it.
    async fn settled_or_told(self, decision: Decision) -> Result<Decision, RoutingError> {
        let waiting = decision.clone();
        self.settled(decision).await.inspect_err(|error| {
            self.tell_unsent(&waiting, &error.clone().into());
        })
    }

    /// Tells of what has no node.
    #[cold]
    fn tell_refused(self, work: &impl Work, error: &RoutingError) {
        if let Some(wording) = work.unsent() {
            self.tell_nowhere(wording, error);
        }
    }

    /// Tells of what its node never got.
    #[cold]
    fn tell_unsent(self, decision: &Decision, error: &DbErr) {
        let text = decision.judgement.text.as_deref().unwrap_or_default();
        self.dispatcher.tell(decision, text, self.scope).fail(error);
    }

    /// The way on for what its node refused or failed to serve, or the error if there is none.
    async fn after(
        self,
        decision: Decision,
        error: DbErr,
        sql: &str,
        may_be_repeated: bool,
    ) -> Result<Decision, DbErr> {
        if let Some(first) = decision.hidden_write(&error) {
            self.dispatcher
                .record_refusal(&decision, Refusal::OfStatement, &error, sql);
            return Err(first);
        }
        if let Some(refusal) = decision.healable(&error) {
            return self.healed(decision, refusal, error, sql);
        }
        // The route itself has given it up.
        let was_given_up = was_down(&error) || was_set_back(&error);
        let is_fault = !was_given_up && self.note_failure(&decision, &error);
        let is_unsent = is_unsent(&error) || was_unsent(&error);
        let may_pass = may_pass(&decision, &error);
        let decision = decision.cut_by(&error);
        if !decision.may_move() {
            let met_fault = (is_fault || was_replaced(&error)) && may_pass;
            let is_repeated = decision.is_repeatable() && met_fault;
            let next = match is_unsent {
                true => self.once_more(&decision, &error, true).await,
                false if is_repeated && may_be_repeated => {
                    if is_without_word(&error) {
                        // A server that stops ends what is open, one by one: only a new connection tells that it goes on.
                        decision.node.outdate(Moment::now());
                    }
                    self.once_more(&decision, &error, false).await
                }
                false if is_repeated => self.slave_instead(&decision),
                false => None,
            };
            // The master that was waited for may be the same one.
            let next = match next {
                None if was_unsent(&error) => self.on_new_connection(&decision),
                None if is_unsent => self.on_new_connection_later(&decision, &error).await,
                next => next,
            };
            let next = next.map(|next| match is_unsent {
                true => next,
                false => next.sent_again(&decision, &error),
            });
            return next.ok_or(error);
        }
        match was_given_up || is_unsent || is_fault && may_pass {
            true => Ok(self.elsewhere(decision).ok_or(error)??),
            false => Err(error),
        }
    }
}

/// Whether another run may end better than one with this error. What its server's disk or memory did not suffice for may be
/// too much for each of them, and what has lost one connection without a word may be what ends them.
fn may_pass(decision: &Decision, error: &DbErr) -> bool {
    match fault(error) {
        Some(fault) if fault.is_of_resources() => decision.failed == 0 && decision.may_leave(),
        _ if is_without_word(error) => !decision.was_cut || decision.may_move(),
        _ => true,
    }
}

/// Whether what was sent has lost its connection, and its server has not said why.
fn is_without_word(error: &DbErr) -> bool {
    matches!(fault(error), Some(Fault::Lost | Fault::Timeout)) && !is_unsent(error)
}

/// For what seldom runs: its room is not moved with every statement.
pub(super) fn boxed<'f, T>(rare: impl Future<Output = T> + Send + 'f) -> BoxFuture<'f, T> {
    Box::pin(rare)
}

/// A statement or stream at its node: what it counts as there, and what it changes.
pub(crate) struct Attempt {
    pub(crate) ticket: Ticket,
    /// What it changes, if somebody wants to know.
    pub(crate) pending: Option<Pending>,
    pub(crate) telling: Telling,
    timing: Option<Timing>,
    /// Where telling and timing are while another node may have the work as well.
    pub(super) hedged: Option<SharedTrace>,
}

impl Attempt {
    /// Counts the statement at its node, and has told of it.
    #[inline(always)]
    pub(crate) fn new(router: Router<'_>, decision: &Decision, sql: &str) -> Self {
        let (ticket, timing) = router.record(decision);
        Self {
            ticket,
            pending: router.dispatcher.expect(decision, sql),
            telling: router.dispatcher.tell(decision, sql, router.scope),
            timing,
            hedged: None,
        }
    }

    /// What is told of it, and its time, for who knows how it ends.
    pub(super) fn take_trace(&mut self) -> Trace {
        Trace {
            telling: self.telling.take(),
            timing: self.timing.take(),
        }
    }

    /// Whose the answer is: that of the `second` node, if it has one.
    #[inline(always)]
    pub(super) fn answered_by<'d>(
        &mut self,
        first: &'d Decision,
        second: Option<&'d Decision>,
    ) -> &'d Decision {
        if let Some(shared) = self.hedged.take() {
            Trace {
                telling: self.telling,
                timing: self.timing,
            } = shared.take();
        }
        if second.is_some() {
            self.ticket.note_unseen();
        }
        second.unwrap_or(first)
    }

    /// Tells what the statement has changed, if it has.
    #[inline(always)]
    pub(crate) fn settle<T: Rows>(&mut self, decision: &Decision, result: &Result<T, DbErr>) {
        match result {
            Ok(_) => self.telling.succeed(),
            Err(error) => self.note_failure(decision, error),
        }
        match (self.pending.take(), result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(error)) => forget_unless_it_happened(pending, error),
            (None, _) => {}
        }
    }
}

impl Attempt {
    /// Notes and tells that it failed.
    #[inline(never)]
    pub(crate) fn note_failure(&mut self, decision: &Decision, error: &DbErr) {
        self.ticket.note_failure();
        if let Some(timing) = &mut self.timing {
            timing.note_failure();
        }
        self.telling.end_of(decision, Err::<(), _>(error));
    }
}

impl Decision {
    /// Gets ready what its node needs before it can have a statement: credentials, a place among those that may have a
    /// connection, or to know whose its sessions are.
    ///
    /// # Errors
    /// [`RoutingError::NoCredentials`], [`RoutingError::OutOfConnections`], [`RoutingError::SharedSessions`], or what a statement
    /// would meet that gets no connection.
    async fn prepared(&self) -> Result<Option<Seat>, DbErr> {
        let seat = self.node.seat().await?;
        self.node.prepare_login().await?;
        if self.node.is_refused() {
            return Err(self.node.refusal().into());
        }
        if self.node.is_unknown() {
            self.served(self.node.get_known()).await?;
        }
        Ok(seat)
    }

    fn cut_by(self, error: &DbErr) -> Self {
        let was_cut = self.was_cut || is_without_word(error);
        Self { was_cut, ..self }
    }

    /// Waits for `work` as long as the node serves it.
    ///
    /// # Errors
    /// That of `work`; [`RoutingError::NodeDown`] of a slave that goes down meanwhile, if another node may serve the
    /// statement, or falls silent; [`RoutingError::MasterChanged`] of a master that is replaced.
    pub(crate) fn served<'d, T: 'd>(
        &'d self,
        work: impl Future<Output = Result<T, DbErr>> + 'd,
    ) -> impl Future<Output = Result<T, DbErr>> + 'd {
        while_it_serves(&self.node, self.may_move(), work)
    }

    /// What was sent, as [noted](Self::noted), if what was known of the node still holds.
    #[inline(always)]
    pub(super) fn answered<T>(
        &self,
        router: Router<'_>,
        sent: Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let answer = self.noted(router, sent)?;
        self.still_holds()?;
        Ok(answer)
    }

    /// Notes that the node answered, if it did.
    ///
    /// # Errors
    /// That of the answer; [`RoutingError::MasterChanged`] of a write on a master that was replaced meanwhile.
    #[inline]
    pub(crate) fn noted<T>(
        &self,
        router: Router<'_>,
        answer: Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let answer = answer?;
        if !self.is_read() {
            // What the old master did after another one took over may be lost.
            still_serves(&self.node)?;
        }
        router.dispatcher.note_success(&self.node);
        Ok(answer)
    }
}

/// Dropped without a word, it tells that it may have happened.
pub(crate) fn forget_unless_it_happened(pending: Pending, error: &DbErr) {
    if !RoutingError::may_have_happened(error) {
        pending.forget();
    }
}
