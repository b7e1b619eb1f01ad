use std::{marker::PhantomData, sync::Arc};

use sea_orm::{DbErr, Statement};

use super::{
    Attempt, Decision, Parcel, Router, Wording, Work,
    hedge::{First, hedged},
    service::{may_be_replaced, while_up},
};
use crate::{
    closure::BoxFuture,
    driver::{Channel, Outfit},
    error::RoutingError,
    modification::Rows,
    node::Node,
};

/// One of the methods by which SeaORM sends a statement.
pub(crate) trait Method {
    type Answer: Rows + Send + 'static;

    /// Whether the driver has a short way for it.
    const MAY_BE_SHORT: bool;

    fn send<'c>(
        channel: Channel<'c>,
        statement: Statement,
    ) -> BoxFuture<'c, Result<Self::Answer, DbErr>>;
}

/// A statement that is sent by one of SeaORM's methods.
struct Sending<'b, M> {
    parcel: Parcel<'b>,
    /// Whose answer counts, if that is not the node to which it was sent first.
    second: Option<Box<Decision>>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Work for Sending<'_, M> {
    type Answer = M::Answer;
    type Attempt = Attempt;
    type Sent = M::Answer;

    const MAY_DEFINE: bool = true;

    #[inline(always)]
    fn decide(&mut self, router: Router<'_>) -> Result<Decision, RoutingError> {
        router.decide_for(&mut self.parcel)
    }

    async fn decide_asking(
        &mut self,
        router: Router<'_>,
        error: RoutingError,
    ) -> Result<Decision, RoutingError> {
        router.decide_asking(error, &mut self.parcel).await
    }

    fn unsent(&self) -> Option<Wording<'_>> {
        Some(self.parcel.wording())
    }

    fn sql(&mut self, sent: &Decision) -> &str {
        self.parcel.restore(sent);
        self.parcel.sql()
    }

    fn closes_refused(&self, decision: &Decision) -> bool {
        M::MAY_BE_SHORT && decision.node.channel().is_short()
    }

    #[inline(always)]
    fn start<'w>(
        &'w mut self,
        router: Router<'w>,
        decision: &'w Decision,
        again: bool,
    ) -> (
        Attempt,
        impl Future<Output = Result<M::Answer, DbErr>> + Send + 'w,
    ) {
        let mut attempt = Attempt::new(router, decision, self.parcel.sql());
        let statement = self.parcel.send(decision, again);
        let mut answer: BoxFuture<'w, _> = match router.hedge(decision) {
            None => M::send(router.channel(decision), statement),
            Some(after) => {
                let send = move |node: &Arc<Node>| {
                    let outfit = router.outfit_on(node);
                    let is_kept = router.keeps(&decision.judgement, node);
                    sent_to::<M>(node.clone(), outfit, is_kept, statement.clone())
                };
                let (at, closes) = ((decision, after), M::MAY_BE_SHORT);
                let first = First::new(router, at, &mut attempt, closes, send);
                Box::pin(hedged(first, &mut self.second))
            }
        };
        if may_be_replaced(&decision.node) {
            answer = Box::pin(while_up(&decision.node, answer));
        }
        let answer = attempt.telling.in_span(answer);
        (attempt, decision.served(answer))
    }

    #[inline(always)]
    fn finish(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        mut attempt: Attempt,
        sent: Result<M::Answer, DbErr>,
    ) -> Result<M::Answer, DbErr> {
        let second = self.second.take();
        let decision = attempt.answered_by(decision, second.as_deref());
        let answer = decision.answered(router, sent);
        attempt.settle(decision, &answer);
        answer
    }
}

impl<'r> Router<'r> {
    /// Sends one statement to the node that its route names.
    pub(crate) fn send<'f, M: Method + 'f>(
        self,
        parcel: Parcel<'f>,
    ) -> impl Future<Output = Result<M::Answer, DbErr>> + Send + 'f
    where
        'r: 'f,
    {
        self.run(Sending::<M> {
            parcel,
            second: None,
            method: PhantomData,
        })
    }
}

/// The statement on its way, for whoever keeps that.
fn sent_to<M: Method>(
    node: Arc<Node>,
    outfit: Option<Arc<Outfit>>,
    is_kept: bool,
    statement: Statement,
) -> BoxFuture<'static, Result<M::Answer, DbErr>> {
    Box::pin(async move {
        let channel = match outfit {
            Some(outfit) => node.channel_in(outfit, is_kept),
            None => node.channel(),
        };
        M::send(channel, statement).await
    })
}
