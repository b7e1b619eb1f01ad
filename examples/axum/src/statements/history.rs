use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::ServedRequest;

/// Enough to look back over some clicks, and a few hundred kilobytes at most.
const MOST: usize = 50;

/// The last requests of this process that sent statements.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Mutex<VecDeque<Arc<ServedRequest>>>>);

impl History {
    pub(super) fn add(&self, request: ServedRequest) {
        if request.statements.is_empty() {
            return;
        }
        let mut requests = self.lock();
        requests.truncate(MOST - 1);
        requests.push_front(Arc::new(request));
    }

    /// The last first.
    pub(crate) fn requests(&self) -> Vec<Arc<ServedRequest>> {
        self.lock().iter().cloned().collect()
    }

    /// The last request, if its answer sent the browser to `path`.
    pub(super) fn origin_of(&self, path: &str) -> Option<Arc<ServedRequest>> {
        let last = self.lock().front().cloned()?;
        (last.location.as_deref() == Some(path)).then_some(last)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<ServedRequest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
