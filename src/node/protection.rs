use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const READ_ONLY: u8 = 1;
const WRITABLE: u8 = 2;

/// Whether the sessions of a slave that was given refuse writes, as the server said when it was asked.
#[derive(Debug, Default)]
pub(crate) struct Protection(AtomicU8);

impl Protection {
    pub(super) fn note(&self, refuses_writes: bool) {
        let known = match refuses_writes {
            true => READ_ONLY,
            false => WRITABLE,
        };
        self.0.store(known, Ordering::Relaxed);
    }

    /// `None` before it is known.
    pub(super) fn refuses_writes(&self) -> Option<bool> {
        match self.0.load(Ordering::Relaxed) {
            UNKNOWN => None,
            known => Some(known == READ_ONLY),
        }
    }
}
