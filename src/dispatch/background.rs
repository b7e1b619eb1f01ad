use parking_lot::Mutex;
use tokio::task::AbortHandle;

/// Tasks that work for a database; they end with it.
#[derive(Debug, Default)]
pub(crate) struct Background(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    running: Vec<AbortHandle>,
    stopped: bool,
}

impl Background {
    /// Starts a task, unless the database is closed.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock();
        if tasks.stopped {
            return;
        }
        tasks.running.retain(|task| !task.is_finished());
        tasks.running.push(tokio::spawn(task).abort_handle());
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.lock().stopped
    }

    /// Ends all tasks; none starts any more.
    pub(crate) fn stop(&self) {
        let mut tasks = self.0.lock();
        tasks.stopped = true;
        tasks.running.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
