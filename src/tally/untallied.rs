//! The same without feature `metrics`: nothing.

use std::{sync::Arc, time::Duration};

use super::{Kind, Turn};
use crate::freshness::Moment;

#[derive(Debug, Default)]
pub(crate) struct Tallies(());

impl Tallies {
    pub(crate) fn note(&self, _: Turn) {}

    pub(crate) fn note_held(&self, _: Duration) {}
}

#[derive(Debug)]
pub(crate) struct Measured;

impl Measured {
    #[inline(always)]
    pub(crate) fn begin(_: &Arc<Tallies>, _: Moment, _: impl FnOnce() -> Kind) -> Self {
        Self
    }

    pub(crate) fn take(&mut self) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn end(&mut self, _: &'static str, _: Option<&str>) {}
}
