use sea_orm::{DatabaseTransaction, DbErr};

use super::Opened;
use crate::modification::{Pending, Rows};

/// A statement of an open level, about to run.
pub(crate) struct Running<'l> {
    pub(super) opened: &'l Opened,
    pub(super) pending: Option<Pending>,
}

impl<'l> Running<'l> {
    pub(crate) fn transaction(&self) -> &'l DatabaseTransaction {
        &self.opened.transaction
    }

    /// Waits for the statement's `work`, unless the transaction is lost meanwhile.
    pub(crate) async fn run<T: Rows>(
        self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let result = self.opened.run(work).await;
        match (self.pending, &result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(_)) => pending.forget(),
            (None, _) => {}
        }
        result
    }
}
