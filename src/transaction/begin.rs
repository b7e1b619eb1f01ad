use sea_orm::DbErr;

use super::{Opened, course::Side, level::Level};
use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, Router, Work},
    error::RoutingError,
};

/// The `BEGIN` of a transaction: one that failed did nothing, so another node may take it.
pub(super) struct Begin<'l> {
    /// Where it begins if its node takes it.
    pub(super) decision: Decision,
    pub(super) level: &'l Level,
    pub(super) side: Side,
    pub(super) database: &'l RoutingDatabase,
}

impl<'l> Work for Begin<'l> {
    type Answer = &'l Opened;
    type Attempt = ();
    type Sent = &'l Opened;

    fn decide(&mut self, _: Router<'_>) -> Result<Decision, RoutingError> {
        Ok(self.decision.clone())
    }

    fn sql(&mut self, _: &Decision) -> &str {
        "BEGIN"
    }

    fn start<'w>(
        &'w mut self,
        _: Router<'_>,
        decision: &'w Decision,
        _: bool,
    ) -> (
        (),
        impl Future<Output = Result<&'l Opened, DbErr>> + Send + 'w,
    ) {
        let opened = self.level.open_on(
            self.side,
            &decision.node,
            decision.setbacks,
            decision.read_from(),
            self.database,
        );
        ((), opened)
    }

    fn finish(
        &mut self,
        _: Router<'_>,
        _: &Decision,
        (): (),
        opened: Result<&'l Opened, DbErr>,
    ) -> Result<&'l Opened, DbErr> {
        opened
    }
}
