use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The end of a pool that has been replaced: what still runs there must not be trusted.
#[derive(Debug, Default)]
pub(super) struct Retirement {
    has_come: AtomicBool,
    comes: Notify,
}

impl Retirement {
    pub(super) fn come(&self) {
        self.has_come.store(true, Ordering::Release);
        self.comes.notify_waiters();
    }

    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Acquire)
    }

    /// Waits for it; cancel safe.
    pub(super) async fn wait(&self) {
        let comes = self.comes.notified();
        if !self.has_come() {
            comes.await;
        }
    }
}
