use std::sync::atomic::{AtomicU64, Ordering};

/// Names a database of this process: all its handles share the number, and those of no other database have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DatabaseId(u64);

impl DatabaseId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
