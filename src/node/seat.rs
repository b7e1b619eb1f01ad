use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::Allowance;

tokio::task_local! {
    /// Of the work that is polled.
    static SEAT: Arc<Entering>;
}

/// A place for one piece of work among those that may have a connection: until it has got one, or does not need it any more.
/// From then on its pool knows.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Entering>);

#[derive(Debug)]
struct Entering {
    allowance: Arc<Allowance>,
    has_entered: AtomicBool,
}

impl Entering {
    fn note(&self) {
        if !self.has_entered.swap(true, Ordering::AcqRel) {
            self.allowance.note_entered();
        }
    }
}

impl Seat {
    pub(super) fn new(allowance: Arc<Allowance>) -> Self {
        Self(Arc::new(Entering {
            allowance,
            has_entered: AtomicBool::new(false),
        }))
    }

    /// Runs the work that it is for.
    pub(crate) fn of<W: Future>(&self, work: W) -> impl Future<Output = W::Output> {
        SEAT.scope(self.0.clone(), work)
    }

    /// Notes that the work which is polled now has a connection, if somebody wants to know.
    pub(crate) fn note_arrival() {
        let _ = SEAT.try_with(|seat| seat.note());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.note();
        self.0.allowance.quota().note_freed();
    }
}
