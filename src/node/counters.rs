use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::waiting::Waiting;
use crate::classify::Access;

/// What was done at a node, and what is being done there.
#[derive(Debug)]
pub(crate) struct Counters {
    /// No other node ever has the same.
    number: usize,
    reads: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
    in_flight: AtomicU64,
    ended: AtomicU64,
    idle: Notify,
    /// How many wait until nothing is in flight: to tell nobody costs more than the rest of what is counted.
    waiting: AtomicU32,
    last_error: Mutex<Option<String>>,
}

impl Default for Counters {
    fn default() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            idle: Notify::new(),
            waiting: AtomicU32::new(0),
            last_error: Mutex::default(),
        }
    }
}

impl Counters {
    /// Names the node that they are of.
    #[inline(always)]
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Notes that a statement was sent; how many of its kind were before.
    pub(crate) fn count(&self, access: Access) -> u64 {
        match access {
            Access::Read => &self.reads,
            Access::Write => &self.writes,
        }
        .fetch_add(1, Ordering::Relaxed)
    }

    /// Notes that a statement was refused.
    pub(crate) fn count_refusal(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn begin_work(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn end_work(&self) {
        // In one order with `idle`: either it finds nothing in flight, or it is found waiting here.
        let is_idle = self.in_flight.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_idle && self.waiting.load(Ordering::SeqCst) > 0 {
            self.idle.notify_waiters();
        }
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until nothing is in flight; cancel safe.
    pub(crate) async fn idle(&self) {
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let idle = self.idle.notified();
            if self.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Statements, streams and transactions that have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// Statements, streams and transactions that have not ended.
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Notes what the monitor met; true if that is news.
    pub(crate) fn note_error(&self, error: Option<String>) -> bool {
        let mut last = self.last_error.lock();
        let is_news = *last != error;
        *last = error;
        is_news
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }
}
