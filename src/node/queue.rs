use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{Node, waiting::Waiting};
use crate::freshness::Moment;

/// What is counted to know how much a bind's nodes do: long enough that a pause of a server is no end, short enough that
/// a crowd is not measured by a quiet time.
const WINDOW: Duration = Duration::from_millis(500);

/// Windows after which the last one says nothing any more.
const STALE: u32 = 10;

/// Reads that wait until a node of their bind has a connection free, first come, first served.
///
/// They wait here and not at a pool, as whoever waits at one pool does not see that another one has room.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: AtomicU32,
    line: Mutex<Line>,
    pace: Mutex<Pace>,
}

/// Who waits, by number: the lower, the longer.
#[derive(Debug, Default)]
struct Line {
    next: u64,
    waiters: BTreeMap<u64, Waiter>,
}

#[derive(Debug)]
struct Waiter {
    /// The [places](Node::place) of the nodes that may serve it.
    by: Arc<[usize]>,
    /// Whose end has woken it, if it has not looked since.
    woken_by: Option<usize>,
    wake: Arc<Notify>,
}

/// A place in the queue.
#[derive(Debug)]
pub(crate) struct Place<'q> {
    _waiting: Waiting<'q>,
    queue: &'q Queue,
    number: u64,
    wake: Arc<Notify>,
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
    /// Whether nobody waits for `node` who came before the place of that `number`.
    #[inline]
    pub(super) fn is_free_for(&self, node: &Node, number: u64) -> bool {
        self.waiting() == 0 || !self.line.lock().has_one_for(node.place(), number)
    }

    /// Notes that something has ended at the node of that place, for which somebody may have waited.
    #[inline(always)]
    pub(crate) fn note_end(&self, place: impl FnOnce() -> usize) {
        if self.waiting() > 0 {
            self.wake_one(place());
        }
    }

    #[cold]
    fn wake_one(&self, place: usize) {
        self.line.lock().wake_first(place, 0);
    }

    /// A place, unless so many wait that this one's turn would not come within `patience`; `ended` is what has ended so
    /// far at all nodes that may serve it.
    pub(crate) fn join(
        &self,
        ended: u64,
        patience: Duration,
        by: &Arc<[usize]>,
        now: Moment,
    ) -> Option<Place<'_>> {
        let waiting = self.waiting();
        let per_second = {
            let mut pace = self.pace.lock();
            if waiting == 0 {
                // What was done while nobody waited does not tell how much can be.
                *pace = Pace::default();
            }
            pace.per_second(ended, now)
        };
        let (waiting, patience) = (f64::from(waiting), patience.as_secs_f64());
        let has_a_chance = per_second.is_none_or(|pace| waiting <= pace * patience);
        has_a_chance.then(|| self.place(by))
    }

    fn place(&self, by: &Arc<[usize]>) -> Place<'_> {
        let _waiting = Waiting::new(&self.waiting);
        let wake = Arc::new(Notify::new());
        let mut line = self.line.lock();
        let number = line.next;
        line.next += 1;
        let waiter = Waiter {
            by: by.clone(),
            woken_by: None,
            wake: wake.clone(),
        };
        line.waiters.insert(number, waiter);
        Place {
            _waiting,
            queue: self,
            number,
            wake,
        }
    }

    /// How many wait.
    #[inline]
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::SeqCst)
    }
}

impl Line {
    /// Whether somebody before that `number` waits for the node at that place, and was not woken yet.
    fn has_one_for(&self, place: usize, number: u64) -> bool {
        let mut before = self.waiters.range(..number);
        before.any(|(_, waiter)| waiter.waits_for(place))
    }

    /// Wakes the first one from `number` on whom the node at that place may serve.
    fn wake_first(&mut self, place: usize, number: u64) {
        let mut others = self.waiters.range_mut(number..);
        if let Some((_, waiter)) = others.find(|(_, waiter)| waiter.waits_for(place)) {
            waiter.woken_by = Some(place);
            waiter.wake.notify_one();
        }
    }
}

impl Waiter {
    fn waits_for(&self, place: usize) -> bool {
        self.woken_by.is_none() && self.by.contains(&place)
    }
}

impl<'q> Place<'q> {
    /// Whose is lower is served first.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Ends when something has ended at a node that may serve it, and it is the first one for that. Cancel safe.
    pub(crate) async fn turn(&self) {
        self.wake.notified().await;
    }

    /// Goes on waiting, for whom it may be served `by` now. Who comes behind it may have a use for that for which it
    /// was woken in vain; who comes before it has been woken already, or had none.
    pub(crate) fn wait_on(&self, by: &Arc<[usize]>) {
        let mut line = self.queue.line.lock();
        let Some(waiter) = line.waiters.get_mut(&self.number) else {
            return;
        };
        waiter.by = by.clone();
        if let Some(place) = waiter.woken_by.take() {
            line.wake_first(place, self.number + 1);
        }
    }

    /// Gives the place up for whatever node.
    pub(crate) fn leave(self) -> &'q Queue {
        let mut line = self.queue.line.lock();
        if let Some(waiter) = line.waiters.get_mut(&self.number) {
            waiter.woken_by = None;
        }
        drop(line);
        self.queue
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let waiter = self.queue.line.lock().waiters.remove(&self.number);
        // Nobody else hears of an end for which it was woken in vain.
        if let Some(place) = waiter.and_then(|waiter| waiter.woken_by) {
            self.queue.wake_one(place);
        }
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

    fn places(nodes: &[&Arc<Node>]) -> Arc<[usize]> {
        nodes.iter().map(|node| node.place()).collect()
    }

    fn any() -> Arc<[usize]> {
        [0].into()
    }

    #[test]
    fn a_place_is_refused_to_whose_turn_would_not_come_in_time() {
        let queue = Queue::default();
        let mut places = Vec::new();
        for _ in 0..500 {
            places.push(queue.join(0, SECOND, &any(), at(0)).unwrap());
        }
        // A hundred in half a second.
        assert!(queue.join(100, SECOND, &any(), at(500)).is_none());
        places.truncate(200);
        places.push(queue.join(110, SECOND, &any(), at(510)).unwrap());
        assert!(queue.join(110, SECOND, &any(), at(520)).is_none());
        assert!(queue.join(110, SECOND * 3, &any(), at(530)).is_some());
        // It pauses for two windows.
        assert!(queue.join(110, SECOND * 3, &any(), at(1_010)).is_some());
        assert!(queue.join(110, SECOND * 3, &any(), at(1_520)).is_none());
        drop(places);
        assert_eq!(queue.waiting(), 0);
    }

    #[test]
    fn what_was_long_ago_says_nothing() {
        let queue = Queue::default();
        let first = queue.join(0, SECOND, &any(), at(0));
        assert!(queue.join(1, SECOND, &any(), at(600)).is_some());
        assert!(queue.join(1, SECOND, &any(), at(60_000)).is_some());
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn first_one_whom_the_node_may_serve_hears_of_it() {
        let node = Arc::new(crate::node::test_node("slave-1", 1));
        let other = Arc::new(crate::node::test_node("slave-2", 1));
        let queue = Queue::default();
        let join = |by: &[&Arc<Node>]| queue.join(0, SECOND, &places(by), at(0)).unwrap();
        let (bound, first, second) = (
            join(&[&node]),
            join(&[&node, &other]),
            join(&[&node, &other]),
        );
        let is_over = async |place: &Place<'_>| {
            let turn = tokio::time::timeout(SECOND, place.turn());
            turn.await.is_ok()
        };
        assert!(!queue.is_free_for(&other, u64::MAX));
        assert!(queue.is_free_for(&other, first.number()));
        queue.note_end(|| other.place());
        assert!(!is_over(&bound).await && !is_over(&second).await);
        assert!(is_over(&first).await);
        // It has no use for that, and the next one has.
        first.wait_on(&places(&[&node]));
        assert!(is_over(&second).await);
        queue.note_end(|| node.place());
        assert!(is_over(&bound).await);
        // Whoever goes away before it has looked tells the next one.
        drop(bound);
        assert!(is_over(&first).await);
        first.leave();
        drop(second);
        assert_eq!(queue.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_can_not_be_served_by_a_node_keeps_nobody_from_it() {
        let slaves = ["slave-1", "slave-2", "slave-3"];
        let slaves = slaves.map(|name| Arc::new(crate::node::test_node(name, 1)));
        let [one, two, free] = &slaves;
        let queue = Queue::default();
        let first = queue.join(0, SECOND, &places(&[one, two]), at(0)).unwrap();
        assert!(queue.is_free_for(free, u64::MAX));
        assert!(!queue.is_free_for(one, u64::MAX) && !queue.is_free_for(two, u64::MAX));
        let next = queue.join(0, SECOND, &places(&[free]), at(0)).unwrap();
        queue.note_end(|| free.place());
        next.turn().await;
        first.wait_on(&places(&[free]));
        assert!(queue.is_free_for(two, u64::MAX) && !queue.is_free_for(free, u64::MAX));
    }
}
