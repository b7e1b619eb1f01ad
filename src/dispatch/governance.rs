use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// Whether more than its tables may say where a statement of a database goes: a rule, or scopes that there are at the moment.
/// As long as there is none, no statement looks for one.
#[derive(Debug)]
pub(crate) struct Governance {
    /// Tells the database apart from others that are used by the same task.
    database: u64,
    governors: AtomicUsize,
}

impl Governance {
    pub(super) fn new(has_rule: bool) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            database: NEXT.fetch_add(1, Ordering::Relaxed),
            governors: AtomicUsize::new(usize::from(has_rule)),
        })
    }

    #[inline(always)]
    pub(crate) fn is_needed(&self) -> bool {
        self.governors.load(Ordering::Relaxed) > 0
    }

    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.database == other.database
    }

    pub(super) fn govern(self: &Arc<Self>) -> Governor {
        self.governors.fetch_add(1, Ordering::Relaxed);
        Governor(self.clone())
    }
}

/// Something that says where statements go, as long as it lives.
#[derive(Debug)]
pub(super) struct Governor(Arc<Governance>);

impl Governor {
    pub(super) fn governance(&self) -> &Arc<Governance> {
        &self.0
    }
}

impl Drop for Governor {
    fn drop(&mut self) {
        self.0.governors.fetch_sub(1, Ordering::Relaxed);
    }
}
