use std::marker::PhantomData;

use sea_orm::{DbErr, Statement};

use super::{
    Attempt, Decision, Parcel, Router,
    attempt::{Work, boxed},
};
use crate::{closure::BoxFuture, driver::Channel, modification::Rows};

/// One of the methods by which SeaORM sends a statement.
pub(crate) trait Method {
    type Answer: Rows + Send;

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
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Work for Sending<'_, M> {
    type Answer = M::Answer;

    fn sql(&mut self, sent: &Decision) -> &str {
        self.parcel.restore(sent);
        self.parcel.sql()
    }

    fn closes_refused(&self, decision: &Decision) -> bool {
        M::MAY_BE_SHORT && decision.node.channel().is_short()
    }

    async fn run(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        again: bool,
    ) -> Result<M::Answer, DbErr> {
        let mut attempt = Attempt::new(router, decision, self.parcel.sql());
        let statement = self.parcel.send(decision, again);
        let answer = M::send(decision.node.channel(), statement);
        let answer = decision.noted(router, decision.served(answer).await);
        attempt.settle(&answer);
        if !decision.is_read() && answer.is_ok() && decision.defines() {
            boxed(router.dispatcher.note_definition(decision)).await;
        }
        answer
    }
}

impl Router<'_> {
    /// Sends one statement to the node that its route names.
    pub(crate) fn send<'f, M: Method + 'f>(
        self,
        parcel: Parcel<'f>,
    ) -> impl Future<Output = Result<M::Answer, DbErr>> + Send + 'f
    where
        Self: 'f,
    {
        let mut sending = Sending::<M> {
            parcel,
            method: PhantomData,
        };
        // What a block captures has room in its future once; an argument of an async function has it twice.
        async move {
            let decision = match self.decide_for(&mut sending.parcel) {
                Ok(decision) => decision,
                Err(error) => boxed(self.decide_asking(error, &mut sending.parcel)).await?,
            };
            self.run(decision, &mut sending).await
        }
    }
}
