use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{Counters, Node, waiting::Waiting};
use crate::freshness::Moment;

/// What is counted to know how much a bind's nodes do: long enough that a pause of a server is no end, short enough that
/// a crowd is not measured by a quiet time.
const WINDOW: Duration = Duration::from_millis(500);

/// Spreads consecutive numbers evenly (the golden ratio's part of 2³²).
const SPREAD: u32 = 0x9e37_79b9;

/// Windows after which the last one says nothing any more.
const STALE: u32 = 10;

/// Reads that wait until a node of their bind has a connection free, first come, first served.
///
/// They wait here and not at a pool, as whoever waits at one pool does not see that another one has room.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: AtomicU32,
    /// Those of them for whom any node will do.
    unbound: AtomicU32,
    freed: Notify,
    /// Those of them whose turn it was when somebody else was faster.
    ahead: AtomicU32,
    freed_ahead: Notify,
    turns: AtomicU32,
    pace: Mutex<Pace>,
}

/// A place in the queue.
#[derive(Debug)]
pub(crate) struct Place<'q> {
    _waiting: Waiting<'q>,
    queue: &'q Queue,
}

/// How much the nodes do.
#[derive(Debug, Default)]
struct Pace {
    begin: Option<Moment>,
    ended_before: u64,
    /// By what ended in the windows before.
    last: Option<f64>,
}

impl Queue {
    /// Whether who comes now passes nobody who waits for `node`.
    #[inline]
    pub(super) fn is_free_for(&self, node: &Node) -> bool {
        self.waiting() == 0
            || self.unbound.load(Ordering::SeqCst) == 0 && node.counters.bound() == 0
    }

    /// Notes that something has ended at a node, where somebody may have waited for that.
    #[inline(always)]
    pub(super) fn note_end(&self, node: &Counters) {
        if self.waiting() > 0 {
            self.wake_one(node);
        }
    }

    #[cold]
    fn wake_one(&self, node: &Counters) {
        let (bound, unbound) = (node.bound(), self.unbound.load(Ordering::SeqCst));
        // Each as often as there are of its kind, so that all wait for as long.
        let turn = self
            .turns
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_mul(SPREAD);
        let share = u64::from(turn) * u64::from(bound + unbound) >> u32::BITS;
        match share < u64::from(bound) {
            true => node.wake_one(),
            false => self.wake_next(),
        }
    }

    fn wake_next(&self) {
        match self.ahead.load(Ordering::SeqCst) > 0 {
            true => self.freed_ahead.notify_one(),
            false => self.freed.notify_one(),
        }
    }

    /// A place, unless so many wait that this one's turn would not come within `patience`; `ended` is what has ended so
    /// far at all nodes that may serve it.
    pub(crate) fn join(&self, ended: u64, patience: Duration, now: Moment) -> Option<Place<'_>> {
        let per_second = self.pace.lock().per_second(ended, now);
        let waiting = f64::from(self.waiting());
        let has_a_chance = per_second.is_none_or(|pace| waiting <= pace * patience.as_secs_f64());
        has_a_chance.then(|| Place {
            _waiting: Waiting::new(&self.waiting),
            queue: self,
        })
    }

    /// How many wait.
    #[inline]
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::SeqCst)
    }
}

impl<'q> Place<'q> {
    /// Ends when something has ended at a node, if that is `of` this one's interest, and it is this one's turn; whose turn
    /// `was_in_vain` comes first. Cancel safe.
    pub(crate) async fn turn(&self, of: Option<Arc<Node>>, was_in_vain: bool) {
        let queue = self.queue;
        let _unbound = of.is_none().then(|| Waiting::new(&queue.unbound));
        match of {
            Some(node) => node.counters.freed().await,
            None if was_in_vain => {
                let _ahead = Waiting::new(&queue.ahead);
                queue.freed_ahead.notified().await;
            }
            None => queue.freed.notified().await,
        }
    }

    /// Gives the turn to the next one.
    pub(crate) fn pass(&self) {
        self.queue.wake_next();
    }
}

impl Pace {
    /// What ends in a second; `None` where nothing is known. Pauses count by half: a server may go on at once.
    fn per_second(&mut self, ended: u64, now: Moment) -> Option<f64> {
        let length = self.begin.map(|begin| now.since(begin));
        if length.is_some_and(|length| length < WINDOW) {
            return self.last;
        }
        let this = length
            .filter(|length| *length < WINDOW * STALE)
            .map(|length| {
                let count = ended.saturating_sub(self.ended_before);
                f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / length.as_secs_f64()
            });
        *self = Self {
            begin: Some(now),
            ended_before: ended,
            last: this.map(|this| this.max(self.last.unwrap_or_default() / 2.0)),
        };
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000) + Duration::from_millis(milliseconds))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_place_is_refused_to_whose_turn_would_not_come_in_time() {
        let queue = Queue::default();
        let mut places = Vec::new();
        for _ in 0..500 {
            places.push(queue.join(0, SECOND, at(0)).unwrap());
        }
        // A hundred in half a second.
        assert!(queue.join(100, SECOND, at(500)).is_none());
        places.truncate(200);
        places.push(queue.join(110, SECOND, at(510)).unwrap());
        assert!(queue.join(110, SECOND, at(520)).is_none());
        assert!(queue.join(110, SECOND * 3, at(530)).is_some());
        // It pauses for two windows.
        assert!(queue.join(110, SECOND * 3, at(1_010)).is_some());
        assert!(queue.join(110, SECOND * 3, at(1_520)).is_none());
        drop(places);
        assert_eq!(queue.waiting(), 0);
    }

    #[test]
    fn what_was_long_ago_says_nothing() {
        let queue = Queue::default();
        let first = queue.join(0, SECOND, at(0));
        assert!(queue.join(1, SECOND, at(600)).is_some());
        assert!(queue.join(1, SECOND, at(60_000)).is_some());
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_one_node_hears_of_that_alone() {
        let node = Arc::new(crate::node::test_node("slave-1", 1));
        let other = crate::node::test_node("slave-2", 1);
        let queue = &node.replication.queue;
        let place = queue.join(0, SECOND, at(0)).unwrap();
        let mut bound = std::pin::pin!(place.turn(Some(node.clone()), false));
        let mut is_over = async || tokio::time::timeout(SECOND, &mut bound).await.is_ok();
        assert!(!is_over().await);
        queue.note_end(&other.counters);
        assert!(!is_over().await);
        queue.note_end(&node.counters);
        assert!(is_over().await);
    }
}
