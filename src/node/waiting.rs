use std::sync::atomic::{AtomicU32, Ordering};

/// Somebody waits, as long as it lives.
#[derive(Debug)]
pub(super) struct Waiting<'c>(&'c AtomicU32);

impl<'c> Waiting<'c> {
    pub(super) fn new(count: &'c AtomicU32) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
