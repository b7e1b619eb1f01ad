use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

use super::{
    Opened,
    course::{Course, Settings, Side},
    level::Level,
};
use crate::{
    dispatch::{Dispatcher, Telling, explained},
    modification::{Pending, Rows},
    node::Role,
};

/// A statement of an open level, about to run.
pub(crate) struct Running<'l> {
    pub(super) opened: &'l Opened,
    pub(super) pending: Option<Pending>,
    pub(super) telling: Telling,
    pub(super) dispatcher: &'l Arc<Dispatcher>,
    /// What it sets for the rest of its level.
    pub(super) setting: Option<(&'l Settings, Statement)>,
    pub(super) course: &'l Course,
    pub(super) level: &'l Level,
    pub(super) side: Side,
    /// Whether it runs beside the slave where its transaction is open.
    pub(super) is_beside: bool,
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
        let work = self.telling.in_span(work);
        let result = self.opened.run(work).await;
        self.telling.end(&result);
        match (self.pending.take(), &result) {
            (Some(pending), Ok(answer)) => pending.confirm(answer.rows()),
            (Some(pending), Err(_)) => pending.forget(),
            (None, _) => {}
        }
        self.note(&result);
        self.explained(result).await
    }

    /// Whether it only sets something for what follows.
    pub(crate) fn is_setting(&self) -> bool {
        self.setting.is_some()
    }

    /// The level that it runs in.
    pub(crate) fn opened(&self) -> &'l Opened {
        self.opened
    }

    #[cfg(feature = "stream")]
    /// Waits for what begins to give rows; what it changes is not confirmed before the transaction ends.
    pub(crate) async fn opening<T>(
        &mut self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let work = self.telling.in_span(work);
        let opened = self.opened.run(work).await;
        if let Err(error) = &opened {
            self.telling.fail(error);
        }
        self.note(&opened);
        self.explained(opened).await
    }

    #[cfg(feature = "stream")]
    /// What tells of its rows from now on.
    pub(crate) fn into_telling(self) -> Telling {
        self.telling
    }

    #[cfg(feature = "stream")]
    pub(crate) fn node(&self) -> &'l Arc<crate::node::Node> {
        &self.opened.node
    }

    #[cfg(feature = "stream")]
    pub(crate) fn dispatcher(&self) -> &'l Arc<Dispatcher> {
        self.dispatcher
    }

    /// Says why a write was refused as read-only, unless the application has asked for that.
    async fn explained<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        let error = match result {
            Err(error) if !self.level.asks_for_read_only() => error,
            result => return result,
        };
        Err(Box::pin(explained(&self.opened.node, error)).await)
    }

    /// Notes what an error says of the node, and what was set.
    fn note<T>(&mut self, result: &Result<T, DbErr>) {
        if let (Ok(_), Some(work)) = (result, self.level.work(self.side)) {
            work.note_seen();
        }
        match (result, self.setting.take()) {
            (Ok(_), Some((settings, statement))) => settings.note(statement),
            (Ok(_), None) => {}
            (Err(error), _) => {
                self.dispatcher.note_error(&self.opened.node, error);
                self.abort();
            }
        }
    }

    /// On PostgreSQL an error ends a transaction: what was read beside it is read no more, and it can't go on elsewhere as
    /// if nothing had happened.
    fn abort(&self) {
        if self.transaction().get_database_backend() != DbBackend::Postgres {
            return;
        }
        if self.is_beside {
            self.course.go_beyond();
        } else if self.opened.node.role == Role::Master {
            self.course.bind();
        }
    }
}
