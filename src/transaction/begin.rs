use sea_orm::DbErr;

use super::{Opened, course::Side, level::Level};
use crate::{
    database::RoutingDatabase,
    dispatch::{Decision, Router, Work},
};

/// The `BEGIN` of a transaction: one that failed did nothing, so another node may take it.
pub(super) struct Begin<'l> {
    pub(super) level: &'l Level,
    pub(super) side: Side,
    pub(super) database: &'l RoutingDatabase,
}

impl<'l> Work for Begin<'l> {
    type Answer = &'l Opened;

    fn sql(&mut self, _: &Decision) -> &str {
        "BEGIN"
    }

    async fn run(
        &mut self,
        _: Router<'_>,
        decision: &Decision,
        _: bool,
    ) -> Result<&'l Opened, DbErr> {
        self.level
            .open_on(self.side, &decision.node, self.database)
            .await
    }
}
