//! Without feature `tracing-spans` there are none.

use super::{Decision, Scope};
use crate::recording::Outcome;

#[derive(Debug)]
pub(super) struct StatementSpan;

impl StatementSpan {
    #[inline(always)]
    pub(super) fn is_wanted() -> bool {
        false
    }

    pub(super) fn none() -> Self {
        Self
    }

    pub(super) fn of(_: &Decision, _: &Scope, _: Option<&str>) -> Self {
        Self
    }

    pub(super) fn end(&self, _: &Outcome) {}

    pub(super) fn within(&self, work: impl FnOnce()) {
        work();
    }
}
