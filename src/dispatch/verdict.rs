use std::sync::atomic::{AtomicBool, Ordering};

use crate::{
    bind::Target,
    classify::{Access, Class},
    error::RoutingError,
};

/// What is known of a statement from its text, and from what slaves said to it; memoised.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    /// An error here matters only where no handle has fixed the bind.
    pub(crate) target: Result<Target, RoutingError>,
    refused: AtomicBool,
}

impl Verdict {
    pub(crate) fn new(
        class: Class,
        target: Result<Target, RoutingError>,
        refused_before: bool,
    ) -> Self {
        Self {
            class,
            target,
            refused: AtomicBool::new(refused_before),
        }
    }

    /// A read by its text that no slave has refused as a write.
    pub(crate) fn is_read(&self) -> bool {
        self.class.is_read() && !self.is_refused()
    }

    pub(crate) fn access(&self) -> Access {
        match self.is_read() {
            true => Access::Read,
            false => Access::Write,
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }
}
