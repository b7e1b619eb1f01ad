//! A transaction whose slave could not answer its first statement begins again elsewhere: nothing is lost by that.

use sea_orm::DbErr;

use super::{MethodInTransaction, Opened, RoutingTransaction, Running, course::Side};
use crate::{
    dispatch::{Decision, NodeScope, Parcel},
    node::Role,
    observe::has_begun,
};

/// The first statement of a transaction once more, and the `BEGIN` before it.
pub(crate) struct BegunElsewhere<'t> {
    pub(crate) running: Running<'t>,
    pub(crate) begin: Decision,
}

impl RoutingTransaction {
    /// Sends the first statement of a transaction that has begun on a slave.
    pub(super) async fn send_first<M: MethodInTransaction>(
        &self,
        running: Running<'_>,
        parcel: Parcel<'_>,
    ) -> Result<M::Answer, DbErr> {
        let opened = running.opened();
        let work = M::send_in(running.transaction(), parcel.copy());
        let error = match running.run(work).await {
            Err(error) => error,
            answer => {
                self.note_answer();
                return answer;
            }
        };
        let again = self.begin_elsewhere(opened, error, &parcel).await;
        let again = again.inspect_err(|_| self.note_answer())?;
        let work = M::send_in(again.running.transaction(), parcel.into_statement());
        let answer = again.running.run(work).await;
        answer.inspect_err(|error| self.database.router().note_same_error(&again.begin, error))
    }

    /// Whether the statement that is about to run on `opened` is the first one of a transaction that has begun on a slave
    /// which the route has chosen.
    pub(crate) fn may_begin_elsewhere(&self, opened: &Opened) -> bool {
        // It may have begun elsewhere already, for another task's first statement.
        let has_left = || {
            let current = self.level.current();
            current.is_none_or(|current| !std::ptr::eq(current, opened))
        };
        opened.node.role == Role::Slave
            && self.database.scope.node == NodeScope::Split
            && (self.level.course.side() == Side::First || has_left())
            && !self.level.course.has_answered()
    }

    /// Notes that the application has seen something of the transaction.
    pub(crate) fn note_answer(&self) {
        self.level.course.note_answer();
    }

    /// Begins the transaction again where the first statement may be answered, which its slave refused.
    ///
    /// # Errors
    /// That `error`, if it is no refusal or nobody else may be asked; that of the `BEGIN`.
    pub(crate) async fn begin_elsewhere(
        &self,
        opened: &Opened,
        error: DbErr,
        parcel: &Parcel<'_>,
    ) -> Result<BegunElsewhere<'_>, DbErr> {
        let router = self.database.router();
        if !self.may_begin_elsewhere(opened) {
            return Err(error);
        }
        let Some(begin) = router.begin_elsewhere(&opened.node, &error) else {
            return Err(error);
        };
        if has_begun(&error) {
            // The connection may have kept something of it.
            self.level.stain();
        }
        let opened = self.open(Side::Beyond, begin.clone()).await?;
        self.level.course.go_beyond();
        let decision = router.decide_same_in(&opened.node, parcel)?;
        Ok(BegunElsewhere {
            running: self.running(Side::Beyond, opened, &decision, parcel),
            begin,
        })
    }
}
