use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crate::freshness::{AtomicMoment, Moment};

/// When idle connections are closed after a renewal: a connection comes back to its pool after a round trip.
pub(super) const SWEEPS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_secs(1),
];

/// How long after work was given up the connections that come back are suspected of it: its own comes back at once, or
/// when the transaction around it ends.
const SUSPICION: Duration = Duration::from_secs(2);

/// How long after one connection fell silent others are suspected of it.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// What is known of a node's connections, whichever of its pools they are of.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    /// Since when connections may be used: one that is older may have kept what a refused read did to its session.
    since: AtomicMoment,
    is_sweeping: AtomicBool,
    /// When one of them was last found at fault: who ended that one may have ended all that were open then.
    doubted: AtomicMoment,
    /// When one of them last did not answer that was idle: a firewall that has forgotten it may have forgotten others.
    silenced: AtomicMoment,
    /// When work was last given up half-way.
    given_up: AtomicMoment,
    /// Whether the node is down.
    is_down: AtomicBool,
}

impl Renewal {
    /// Has every connection asked before it is used again that is open now.
    pub(super) fn doubt(&self) {
        self.doubted.raise(Moment::now());
    }

    /// Whether a connection that nobody has heard for that long may have ended with another one.
    pub(crate) fn doubts(&self, idle_for: Duration) -> bool {
        let doubted = self.doubted.get();
        doubted > Moment::FIRST && Moment::now().since(doubted) <= idle_for
    }

    /// Notes that a connection does not answer that was idle, and that nobody has reset.
    pub(crate) fn note_silence(&self) {
        self.silenced.raise(Moment::now());
        self.doubt();
    }

    /// Whether that was lately.
    pub(crate) fn fell_silent(&self) -> bool {
        let silenced = self.silenced.get();
        silenced > Moment::FIRST && Moment::now().since(silenced) <= FORGOTTEN
    }

    pub(super) fn note_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Whether nobody answers there, as far as is known: then a connection that does not either says nothing.
    pub(crate) fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Relaxed)
    }

    /// Notes that somebody gives up work that a connection is doing.
    pub(super) fn note_given_up(&self) {
        self.given_up.raise(Moment::now());
    }

    /// Whether a connection that comes back may have been given up in the middle of an answer.
    pub(crate) fn is_suspect(&self) -> bool {
        let given_up = self.given_up.get();
        given_up > Moment::FIRST && Moment::now().since(given_up) <= SUSPICION
    }

    /// Whether a connection of this `age` was there before the last renewal.
    pub(crate) fn outdates(&self, age: Duration) -> bool {
        let since = self.since.get();
        since > Moment::FIRST && Moment::now().since(since) <= age
    }

    /// Has no connection used any more that was opened before `moment`.
    pub(super) fn outdate(&self, moment: Moment) {
        self.since.raise(moment);
    }

    /// True if somebody has to close what is idle.
    pub(super) fn begin(&self) -> bool {
        self.since.raise(Moment::now());
        !self.is_sweeping.swap(true, Ordering::AcqRel)
    }

    pub(super) fn end(&self) {
        self.is_sweeping.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_are_doubted_that_nobody_heard_since_the_fault() {
        let renewal = Renewal::default();
        assert!(!renewal.doubts(Duration::from_secs(3600)));
        renewal.doubt();
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!(renewal.doubts(Duration::from_millis(100)));
        assert!(!renewal.doubts(Duration::from_millis(99)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_back_is_suspect_for_a_while_after_work_was_given_up() {
        let renewal = Renewal::default();
        assert!(!renewal.is_suspect());
        renewal.note_given_up();
        assert!(renewal.is_suspect());
        tokio::time::advance(SUSPICION * 2).await;
        assert!(!renewal.is_suspect());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_silent_makes_others_suspect_for_a_while() {
        let renewal = Renewal::default();
        assert!(!renewal.fell_silent());
        renewal.note_silence();
        assert!(renewal.fell_silent());
        assert!(renewal.doubts(Duration::ZERO));
        tokio::time::advance(FORGOTTEN * 2).await;
        assert!(!renewal.fell_silent());
    }

    #[tokio::test(start_paused = true)]
    async fn only_connections_from_before_are_outdated() {
        let renewal = Renewal::default();
        assert!(!renewal.outdates(Duration::from_secs(3600)));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(renewal.begin());
        assert!(!renewal.begin(), "one sweep is enough");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(renewal.outdates(Duration::from_secs(6)));
        assert!(!renewal.outdates(Duration::from_secs(4)));
    }
}
