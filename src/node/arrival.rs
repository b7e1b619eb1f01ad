use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

tokio::task_local! {
    /// Of the work that is polled.
    static ARRIVAL: Arrival;
}

/// Whether work has got a connection: before that, no server has seen anything of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrival(Arc<AtomicBool>);

impl Arrival {
    /// Runs `work`, and notes here when a pool gives it a connection.
    pub(crate) fn of<W: Future>(&self, work: W) -> impl Future<Output = W::Output> {
        ARRIVAL.scope(self.clone(), work)
    }

    /// Notes that the work which is polled now has a connection, if somebody wants to know.
    pub(crate) fn note() {
        let _ = ARRIVAL.try_with(|arrival| arrival.0.store(true, Ordering::Release));
    }

    pub(crate) fn has_come(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
