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
    static RECORDERS: Arc<Recorders>;
}

/// Recorders that there are: as long as there is none, no statement looks for one.
static LIVING: AtomicUsize = AtomicUsize::new(0);

/// Bytes that are kept of a text: a statement that inserts thousands of rows may have megabytes.
const MOST_OF_TEXT: usize = 4 << 10;

/// As much of a text as is kept, and how long it was.
pub(crate) fn shortened(sql: &str) -> String {
    match sql.len() <= MOST_OF_TEXT {
        true => sql.to_owned(),
        false => {
            let kept = &sql[..sql.floor_char_boundary(MOST_OF_TEXT)];
            format!("{kept}… ({} bytes)", sql.len())
        }
    }
}

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

    /// Keeps a statement, if its text is long the beginning of that, in place of the oldest if there are too many.
    pub(crate) fn note(&self, mut statement: RecordedStatement) {
        // With how long it was, it may have been shortened already.
        if statement.sql.len() > MOST_OF_TEXT + 64 {
            statement.sql = shortened(&statement.sql);
        }
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

/// All who list what runs: one, and those around it, to whom it is news as well.
#[derive(Debug)]
pub(crate) struct Recorders {
    own: Arc<Recorder>,
    outer: Option<Arc<Recorders>>,
}

impl Recorders {
    /// Those of the code that runs, and `own`, if it is not among them.
    pub(crate) fn with(own: &Arc<Recorder>) -> Arc<Self> {
        match current() {
            Some(around) if around.all().any(|other| Arc::ptr_eq(other, own)) => around,
            outer => Arc::new(Self {
                own: own.clone(),
                outer,
            }),
        }
    }

    /// The innermost one.
    pub(crate) fn own(&self) -> &Arc<Recorder> {
        &self.own
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Recorder>> {
        let all = std::iter::successors(Some(self), |recorders| recorders.outer.as_deref());
        all.map(|recorders| &recorders.own)
    }

    /// Has all of them keep a statement.
    pub(crate) fn note(&self, statement: RecordedStatement) {
        let outer = self.all().skip(1);
        outer.for_each(|recorder| recorder.note(statement.clone()));
        self.own.note(statement);
    }
}

/// Those of the code that runs, if it is inside of one's scope.
#[inline(always)]
pub(crate) fn current() -> Option<Arc<Recorders>> {
    match LIVING.load(Ordering::Relaxed) {
        0 => None,
        _ => RECORDERS.try_with(Arc::clone).ok(),
    }
}

/// Has what runs inside `future` recorded, beside those who do around.
pub(crate) async fn recording<F: Future>(recorder: Arc<Recorder>, future: F) -> F::Output {
    RECORDERS.scope(Recorders::with(&recorder), future).await
}

/// Has what `work` runs recorded, beside those who do around.
#[cfg(feature = "carrier")]
pub(crate) fn recording_within<T>(recorder: &Arc<Recorder>, work: impl FnOnce() -> T) -> T {
    RECORDERS.sync_scope(Recorders::with(recorder), work)
}
