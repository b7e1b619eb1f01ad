use sea_orm::DbErr;

use super::{Hub, Journal};

/// What readers learn of a COMMIT. Dropped before its answer is known, they learn that it may have happened.
pub(crate) struct CommitNews<'c> {
    hub: &'c Hub,
    journal: &'c Journal,
    /// Where it is the end of a savepoint.
    outer: Option<&'c Journal>,
    happened: Happened,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Happened {
    Yes,
    No,
    Perhaps,
}

impl<'c> CommitNews<'c> {
    pub(crate) fn new(hub: &'c Hub, journal: &'c Journal, outer: Option<&'c Journal>) -> Self {
        Self {
            hub,
            journal,
            outer,
            happened: Happened::Perhaps,
        }
    }

    /// `may_have_happened` tells of an error whether it came too late to know.
    pub(crate) fn settle(
        mut self,
        committed: &Result<(), DbErr>,
        may_have_happened: impl FnOnce(&DbErr) -> bool,
    ) {
        self.happened = match committed {
            Ok(()) => Happened::Yes,
            Err(error) if may_have_happened(error) => Happened::Perhaps,
            Err(_) => Happened::No,
        };
    }
}

impl Drop for CommitNews<'_> {
    fn drop(&mut self) {
        match (self.outer, self.happened) {
            (_, Happened::No) => {}
            (Some(outer), Happened::Yes) => outer.take_over(self.journal),
            // The transaction around it can't be committed any more.
            (Some(_), Happened::Perhaps) => {}
            (None, happened) => self.hub.tell_all(self.journal, happened == Happened::Yes),
        }
    }
}
