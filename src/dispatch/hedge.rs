//! Reads that go to a second node as well, as the first one takes long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::DbErr;
use tokio::{runtime::Handle, time::timeout};

use super::{
    Attempt, Decision, Dispatcher, Router, Telling, reader::Read, service::while_well,
    timing::Timing,
};
use crate::{
    closure::BoxFuture,
    config::Hedge,
    freshness::Moment,
    node::{Node, Role, Ticket},
    observe::has_begun,
    route::NodeReason,
};

/// What is shorter is the noise of a timer.
const SHORTEST: Duration = Duration::from_millis(1);

impl Router<'_> {
    /// Whether reads like the decision's go to a second node as well, so that it is of interest what they take.
    #[inline(always)]
    pub(super) fn hedges(self, decision: &Decision) -> bool {
        self.scope.is_hedged || decision.node.replication.policy.reads.hedge != Hedge::Off
    }

    /// After what time the decision's work goes to a second node as well; `None` if it does not.
    #[inline(always)]
    pub(super) fn hedge(self, decision: &Decision) -> Option<Duration> {
        match self.hedges(decision) {
            true => self.hedge_after(decision),
            false => None,
        }
    }

    #[cold]
    fn hedge_after(self, decision: &Decision) -> Option<Duration> {
        let judgement = &decision.judgement;
        let is_proven = decision.is_read() && decision.may_move() && !decision.is_second_opinion;
        if !is_proven || decision.failed > 0 || self.dispatcher.judgements.costs(judgement) {
            return None;
        }
        let replication = &decision.node.replication;
        // Who must not see less at the second node has to be known.
        if matches!(decision.node_reason, NodeReason::Session { .. }) {
            replication.sightings.open(Moment::now());
        }
        match replication.policy.reads.hedge {
            Hedge::After(time) => Some(time),
            Hedge::Off | Hedge::P95 => judgement.pace.late().map(|late| late.max(SHORTEST)),
        }
    }

    /// A second slave that holds what the session needs, has a connection free, and can have the text as it is. Not the
    /// master: what only looks like a read must not be run there beside a slave that is about to refuse it.
    fn second(self, first: &Decision) -> Option<Decision> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&first.node.bind)?;
        let read = Read {
            is_second: true,
            ..Read::of(&first.judgement).avoiding(&first.node)
        };
        let next = self.reader(bind, read).ok()?;
        let node = &next.node;
        let can_have = node.is_ready() && node.backend == first.node.backend && node.has_room();
        let is_other = node.role == Role::Slave && node.place() != first.node.place();
        let is_good = next.is_settled() && can_have && is_other;
        (is_good && bind.replication.may_hedge(bind.reads())).then_some(Decision {
            node_reason: NodeReason::Hedged,
            ..next
        })
    }
}

/// The first node's work, and what hedging needs of it.
pub(super) struct First<'f, S> {
    router: Router<'f>,
    decision: &'f Decision,
    /// After what time the work goes to a second node as well.
    after: Duration,
    /// Sends the work to a node.
    send: S,
    trace: SharedTrace,
    closes_refused: bool,
}

impl<'f, S> First<'f, S> {
    /// What is told of the `attempt`, and its time, are the first node's to its own end: it goes with the work if that goes on
    /// behind another answer. `closes_refused` says whether a connection on which a read was refused may be closed by the way that
    /// it was sent.
    pub(super) fn new(
        router: Router<'f>,
        (decision, after): (&'f Decision, Duration),
        attempt: &mut Attempt,
        closes_refused: bool,
        send: S,
    ) -> Self {
        let trace = SharedTrace(Arc::new(Mutex::new(attempt.take_trace())));
        attempt.hedged = Some(trace.clone());
        Self {
            router,
            decision,
            after,
            send,
            trace,
            closes_refused,
        }
    }
}

/// The trace of a first node's work, of whoever learns how that has ended: the attempt, unless another answer counts.
#[derive(Clone)]
pub(crate) struct SharedTrace(Arc<Mutex<Trace>>);

impl SharedTrace {
    /// What is left of it; here it has ended.
    pub(super) fn take(&self) -> Trace {
        let mut trace = self.0.lock();
        Trace {
            telling: trace.telling.take(),
            timing: trace.timing.take(),
        }
    }
}

/// What is told of work at a node, and what time it takes.
pub(super) struct Trace {
    pub(super) telling: Telling,
    pub(super) timing: Option<Timing>,
}

impl Trace {
    fn end<T>(&mut self, decision: &Decision, answer: &Result<T, DbErr>) {
        self.telling.end_of(decision, answer.as_ref());
        if let (Some(mut timing), Err(_)) = (self.timing.take(), answer) {
            timing.note_failure();
        }
    }
}

/// The first answer of two nodes: that of the decision's, and of a second one to which the work is sent as well if there is none
/// after some time. What is still at work then goes on to its end, for nobody, and counts at its node. `by` gets whose
/// answer it is, if that is not the first one's.
///
/// Cancel safe, as the work is.
///
/// # Errors
/// That of the first node, where the second one has no answer either.
pub(super) async fn hedged<T: Send + 'static>(
    first: First<'_, impl Fn(&Arc<Node>) -> BoxFuture<'static, Result<T, DbErr>>>,
    by: &mut Option<Box<Decision>>,
) -> Result<T, DbErr> {
    let First {
        router,
        decision,
        after,
        send,
        trace,
        closes_refused,
    } = first;
    let work = trace.0.lock().telling.in_span(send(&decision.node));
    let mut first: BoxFuture<'static, _> = Box::pin(work);
    let in_time = timeout(after, &mut first).await;
    let next = match in_time {
        Ok(_) => None,
        Err(_) => router.second(decision),
    };
    let Some(next) = next else {
        return match in_time {
            Ok(answer) => answer,
            Err(_) => first.await,
        };
    };
    let sql = next.judgement.text.clone().unwrap_or_default();
    let second = Aside::of_second(router, &next, &sql, closes_refused);
    let is_lost = second.is_lost.clone();
    let work = second.trace.telling.in_span(send(&next.node));
    let mut second = Box::pin(second.run_out(Box::pin(work)));
    let (answer, is_of_first) = tokio::select! {
        biased;
        answer = &mut first => (answer, true),
        answer = &mut second => (answer, false),
    };
    let is_good = answer.is_ok() && (is_of_first || next.still_holds().is_ok());
    match (is_good, is_of_first) {
        (true, true) => {
            is_lost.store(true, Ordering::Relaxed);
            in_background(second);
            answer
        }
        (true, false) => {
            let other = Aside::of_first(router, decision, trace.take(), closes_refused);
            in_background(other.run_out(first));
            *by = Some(Box::new(next));
            answer
        }
        (false, true) => {
            trace.take().end(decision, &answer);
            let other = second.await;
            if other.is_err() || next.still_holds().is_err() {
                return answer;
            }
            if let Err(error) = &answer {
                // Nobody else is told of it.
                router.note_failure(decision, error);
                renew_if_begun(decision, error, closes_refused);
            }
            *by = Some(Box::new(next));
            other
        }
        (false, false) => first.await,
    }
}

/// Work whose answer may not count, or counts no more.
struct Aside {
    dispatcher: Arc<Dispatcher>,
    decision: Decision,
    ticket: Ticket,
    trace: Trace,
    closes_refused: bool,
    /// Whether nobody sees its answer.
    is_lost: Arc<AtomicBool>,
}

impl Aside {
    fn of_second(router: Router<'_>, decision: &Decision, sql: &str, closes_refused: bool) -> Self {
        let mut attempt = Attempt::new(router, decision, sql);
        Self {
            dispatcher: router.dispatcher().clone(),
            decision: decision.clone(),
            trace: attempt.take_trace(),
            ticket: attempt.ticket,
            closes_refused,
            is_lost: Arc::default(),
        }
    }

    fn of_first(
        router: Router<'_>,
        decision: &Decision,
        trace: Trace,
        closes_refused: bool,
    ) -> Self {
        Self {
            dispatcher: router.dispatcher().clone(),
            decision: decision.clone(),
            ticket: Ticket::new(decision.node.clone(), router.scope.session, None),
            trace,
            closes_refused,
            is_lost: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Runs `work` as long as its node does not fall silent, and notes what its end says of that.
    async fn run_out<T>(mut self, work: BoxFuture<'static, Result<T, DbErr>>) -> Result<T, DbErr> {
        let answer = while_well(&self.decision.node, work).await;
        match &answer {
            Ok(_) => self.dispatcher.note_success(&self.decision.node),
            Err(error) => {
                self.dispatcher.note_error(&self.decision.node, error);
                renew_if_begun(&self.decision, error, self.closes_refused);
            }
        }
        if answer.is_err() || self.is_lost.load(Ordering::Relaxed) {
            self.ticket.note_unseen();
        }
        self.trace.end(&self.decision, &answer);
        answer
    }
}

/// As after every read that was refused when it had begun: something may be left on its connection.
fn renew_if_begun(decision: &Decision, error: &DbErr, closes_refused: bool) {
    if has_begun(error) && !(closes_refused && decision.node.channel().is_short()) {
        decision.node.renew();
    }
}

fn in_background<T: Send + 'static>(work: impl Future<Output = Result<T, DbErr>> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(work);
    }
}
