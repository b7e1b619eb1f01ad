//! Reads that go to a second node as well, as the first one takes long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::DbErr;
use tokio::{runtime::Handle, time::timeout};

use super::{
    Attempt, Decision, Router,
    reader::{Read, Waited},
    service::while_well,
};
use crate::{
    closure::BoxFuture,
    config::Hedge,
    freshness::Moment,
    node::{Node, Role, Ticket},
    route::NodeReason,
};

/// What is shorter is the noise of a timer.
const SHORTEST: Duration = Duration::from_millis(1);

impl Router<'_> {
    /// Whether reads like the decision's go to a second node as well, so that it is of interest what they take.
    #[inline(always)]
    pub(super) fn hedges(self, decision: &Decision) -> bool {
        self.scope.is_hedged || decision.node.replication.policy.hedge != Hedge::Off
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
        match replication.policy.hedge {
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
            judgement: &first.judgement,
            takes_turn: true,
            avoid: Some(&first.node),
            waited: Waited::Not,
            is_second: true,
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

/// The first answer of two nodes: that of `decision`, and of a second one to which the work is sent as well if there is none
/// `after` that time. What is still at work then goes on to its end, for nobody, and counts at its node. `by` gets whose
/// answer it is, if that is not the first one's.
///
/// Cancel safe, as the work is.
///
/// # Errors
/// That of the first node, where the second one has no answer either.
pub(super) async fn hedged<T: Send + 'static>(
    router: Router<'_>,
    decision: &Decision,
    after: Duration,
    send: impl Fn(&Arc<Node>) -> BoxFuture<'static, Result<T, DbErr>>,
    by: &mut Option<Box<Decision>>,
) -> Result<T, DbErr> {
    let mut first = send(&decision.node);
    if let Ok(answer) = timeout(after, &mut first).await {
        return answer;
    }
    let Some(next) = router.second(decision) else {
        return first.await;
    };
    let loser = Loser::default();
    let sql = next.judgement.text.clone().unwrap_or_default();
    let attempt = Attempt::new(router, &next, &sql);
    let work = send(&next.node);
    let second = loser.to_its_end(router, next.clone(), Trace::Told(attempt), work);
    let mut second = Box::pin(second);
    let (answer, is_of_first) = tokio::select! {
        biased;
        answer = &mut first => (answer, true),
        answer = &mut second => (answer, false),
    };
    let is_good = answer.is_ok() && (is_of_first || next.still_holds().is_ok());
    match (is_good, is_of_first) {
        (true, true) => {
            loser.is_lost.store(true, Ordering::Relaxed);
            in_background(second);
            answer
        }
        (true, false) => {
            // What is told of it is told already.
            let ticket = Ticket::new(decision.node.clone(), router.scope.session, None);
            let trace = Trace::Counted(ticket);
            in_background(Loser::default().to_its_end(router, decision.clone(), trace, first));
            *by = Some(Box::new(next));
            answer
        }
        (false, true) => {
            let other = second.await;
            if other.is_err() || next.still_holds().is_err() {
                return answer;
            }
            if let Err(error) = &answer {
                // Nobody else is told of it.
                router.note_failure(decision, error);
            }
            *by = Some(Box::new(next));
            other
        }
        (false, false) => first.await,
    }
}

/// What goes on although another answer counts.
#[derive(Default)]
struct Loser {
    is_lost: Arc<AtomicBool>,
}

impl Loser {
    /// Runs `work` as long as its node does not fall silent, and notes what its end says of that.
    fn to_its_end<T>(
        &self,
        router: Router<'_>,
        decision: Decision,
        mut trace: Trace,
        work: BoxFuture<'static, Result<T, DbErr>>,
    ) -> impl Future<Output = Result<T, DbErr>> + use<T> {
        let (dispatcher, is_lost) = (router.dispatcher().clone(), self.is_lost.clone());
        async move {
            let answer = while_well(&decision.node, work).await;
            match &answer {
                Ok(_) => dispatcher.note_success(&decision.node),
                Err(error) => {
                    dispatcher.note_error(&decision.node, error);
                }
            }
            trace.end(&decision, &answer, is_lost.load(Ordering::Relaxed));
            answer
        }
    }
}

/// What it counts as at its node.
enum Trace {
    Told(Attempt),
    Counted(Ticket),
}

impl Trace {
    fn end<T>(&mut self, decision: &Decision, answer: &Result<T, DbErr>, is_lost: bool) {
        if let (Self::Told(attempt), Ok(_)) = (&mut *self, answer) {
            attempt.telling.succeed();
        }
        match (self, answer) {
            (Self::Told(attempt), Err(error)) => attempt.note_failure(decision, error),
            (Self::Told(attempt), Ok(_)) if is_lost => attempt.ticket.note_unseen(),
            (Self::Told(_), Ok(_)) => {}
            (Self::Counted(ticket), _) => ticket.note_unseen(),
        }
    }
}

fn in_background<T: Send + 'static>(work: impl Future<Output = Result<T, DbErr>> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(work);
    }
}
