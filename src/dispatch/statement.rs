use std::marker::PhantomData;

use sea_orm::{DbErr, Statement};

use super::{Attempt, Decision, Parcel, Router, attempt::Work};
use crate::{closure::BoxFuture, driver::Channel, modification::Rows};

/// One of the methods by which SeaORM sends a statement.
pub(crate) trait Method {
    type Answer: Rows + Send;

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

    fn sql(&mut self) -> &str {
        self.parcel.restore();
        self.parcel.sql()
    }

    async fn run(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        again: bool,
    ) -> Result<M::Answer, DbErr> {
        let mut attempt = Attempt::new(router, decision, self.parcel.sql());
        let statement = self.parcel.send(decision, again);
        let answer = attempt
            .wait(
                router,
                decision,
                M::send(decision.node.channel(), statement),
            )
            .await;
        attempt.settle(&answer);
        answer
    }
}

impl Router<'_> {
    /// Sends one statement to the node that its route names.
    pub(crate) async fn send<M: Method>(self, mut parcel: Parcel<'_>) -> Result<M::Answer, DbErr> {
        let decision = self.decide_for(&mut parcel)?;
        let mut sending = Sending::<M> {
            parcel,
            method: PhantomData,
        };
        self.run(decision, &mut sending).await
    }
}
