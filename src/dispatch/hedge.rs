//! Reads that go to a second node as well, as the first one takes long.

use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::{runtime::Handle, time::timeout};

use super::{Attempt, Decision, Router, reader::Read};
use crate::{
    closure::BoxFuture,
    config::Hedge,
    freshness::Moment,
    node::{Node, Role},
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

    /// A second node that holds what the session needs, and has a connection free.
    fn second(self, first: &Decision) -> Option<Decision> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&first.node.bind)?;
        let read = Read {
            judgement: &first.judgement,
            takes_turn: true,
            avoid: Some(&first.node),
            has_waited: false,
            is_second: true,
        };
        let next = self.reader(bind, read).ok()?;
        let has_room = match next.node.role {
            Role::Slave => next.node.has_room(),
            Role::Master => next.node_reason == NodeReason::Crowded,
        };
        let is_good = next.is_settled() && has_room && next.node.place() != first.node.place();
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
    let sql = next.judgement.text.clone().unwrap_or_default();
    let attempt = Attempt::new(router, &next, &sql);
    let mut second = Box::pin(to_its_end(attempt, send(&next.node)));
    let (answer, is_of_first) = tokio::select! {
        biased;
        answer = &mut first => (answer, true),
        answer = &mut second => (answer, false),
    };
    let is_good = answer.is_ok() && (is_of_first || next.still_holds().is_ok());
    match (is_good, is_of_first) {
        (true, true) => in_background(second),
        (true, false) => {
            let again = Attempt::new_beside(router, decision);
            in_background(to_its_end(again, first));
            *by = Some(Box::new(next));
        }
        (false, true) => {
            let other = second.await;
            if other.is_ok() && next.still_holds().is_ok() {
                *by = Some(Box::new(next));
                return other;
            }
        }
        (false, false) => return first.await,
    }
    answer
}

async fn to_its_end<T>(
    mut attempt: Attempt,
    work: BoxFuture<'static, Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let answer = work.await;
    if answer.is_err() {
        attempt.ticket.note_failure();
    }
    answer
}

fn in_background<T: Send + 'static>(work: impl Future<Output = Result<T, DbErr>> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(work);
    }
}
