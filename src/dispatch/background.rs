use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;

/// Tasks that work for a database; they end with it.
#[derive(Debug, Default)]
pub(crate) struct Background(Mutex<Vec<AbortHandle>>);

impl Background {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let handle = tokio::spawn(task).abort_handle();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
    }

    pub(crate) fn stop(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
