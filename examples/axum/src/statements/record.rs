use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ServedRequest, Statement};

tokio::task_local! {
    static CURRENT: Record;
}

/// The statements of one request, in the order in which they were sent.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    statements: Arc<Mutex<Vec<Statement>>>,
    /// The request whose answer sent the browser here.
    pub(crate) origin: Option<Arc<ServedRequest>>,
}

impl Record {
    pub(super) fn new(origin: Option<Arc<ServedRequest>>) -> Self {
        Self {
            statements: Arc::default(),
            origin,
        }
    }

    /// The record of the request that is being served.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Adds to the current record; what runs outside of requests, such as migrations, has none.
    pub(super) fn note(statement: Statement) {
        let _ = CURRENT.try_with(|record| record.lock().push(statement));
    }

    pub(super) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    pub(crate) fn statements(&self) -> Vec<Statement> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Statement>> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
