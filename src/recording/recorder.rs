use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use super::RecordedStatement;

tokio::task_local! {
    static RECORDER: Arc<Recorder>;
}

/// Recorders that there are: as long as there is none, no statement looks for one.
static LIVING: AtomicUsize = AtomicUsize::new(0);

/// The last statements of a session.
#[derive(Debug)]
pub(crate) struct Recorder {
    most: usize,
    statements: Mutex<VecDeque<RecordedStatement>>,
}

impl Recorder {
    pub(crate) fn new(most: usize) -> Self {
        LIVING.fetch_add(1, Ordering::Relaxed);
        Self {
            most,
            statements: Mutex::default(),
        }
    }

    /// Keeps a statement, in place of the oldest if there are too many.
    pub(crate) fn note(&self, statement: RecordedStatement) {
        let mut statements = self.statements.lock();
        statements.push_back(statement);
        while statements.len() > self.most {
            statements.pop_front();
        }
    }

    pub(crate) fn statements(&self) -> Vec<RecordedStatement> {
        self.statements.lock().iter().cloned().collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PartialEq for Recorder {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Recorder {}

/// That of the code that runs, if it is inside of one's scope.
#[inline(always)]
pub(crate) fn current() -> Option<Arc<Recorder>> {
    match LIVING.load(Ordering::Relaxed) {
        0 => None,
        _ => RECORDER.try_with(Arc::clone).ok(),
    }
}

/// Has what runs inside `future` recorded.
pub(crate) async fn recording<F: Future>(recorder: Arc<Recorder>, future: F) -> F::Output {
    RECORDER.scope(recorder, future).await
}

/// Has what `work` runs recorded.
#[cfg(feature = "tower")]
pub(crate) fn recording_within<T>(recorder: Arc<Recorder>, work: impl FnOnce() -> T) -> T {
    RECORDER.sync_scope(recorder, work)
}
