use std::sync::Arc;

use sea_orm::{DatabaseTransaction, DbErr};

use super::Opened;
use crate::{
    dispatch::Dispatcher,
    modification::{Pending, Rows},
};

/// A statement of an open level, about to run.
pub(crate) struct Running<'l> {
    pub(super) opened: &'l Opened,
    pub(super) pending: Option<Pending>,
    pub(super) dispatcher: &'l Arc<Dispatcher>,
}

impl<'l> Running<'l> {
    pub(crate) fn transaction(&self) -> &'l DatabaseTransaction {
        &self.opened.transaction
    }

    /// Waits for the statement's `work`, unless the transaction is lost meanwhile.
    pub(crate) async fn run<T: Rows>(
        mut self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let result = self.opened.run(work).await;
        match (self.pending.take(), &result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(_)) => pending.forget(),
            (None, _) => {}
        }
        result.inspect_err(|error| self.note_error(error))
    }

    /// The level that it runs in.
    #[cfg(feature = "stream")]
    pub(crate) fn opened(&self) -> &'l Opened {
        self.opened
    }

    #[cfg(feature = "stream")]
    /// Waits for what begins to give rows; what it changes is not confirmed before the transaction ends.
    pub(crate) async fn opening<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let opened = self.opened.run(work).await;
        opened.inspect_err(|error| self.note_error(error))
    }

    #[cfg(feature = "stream")]
    pub(crate) fn node(&self) -> &'l Arc<crate::node::Node> {
        &self.opened.node
    }

    #[cfg(feature = "stream")]
    pub(crate) fn dispatcher(&self) -> &'l Arc<Dispatcher> {
        self.dispatcher
    }

    /// Notes what an error says of the node.
    fn note_error(&self, error: &DbErr) {
        self.dispatcher.note_error(&self.opened.node, error);
    }
}
