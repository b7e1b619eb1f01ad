use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use super::{AtomicMoment, Moment};

/// How it is known what a slave holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It reads the master's own file.
    Shared,
    /// The monitor compares its position with the master's.
    Positions,
    /// The monitor compares a counter that it raises on the master.
    Heartbeat,
    /// Nothing tells: it is taken to be never further behind than this.
    Window(Duration),
}

impl Source {
    /// Whether what a slave is known to hold rests on what servers say, so that it matters which server says it.
    pub(crate) fn is_told(self) -> bool {
        matches!(self, Self::Positions | Self::Heartbeat)
    }
}

/// Up to which moment a slave holds everything that its master had committed.
#[derive(Debug)]
pub(crate) struct Freshness {
    source: Source,
    sampled: AtomicMoment,
    /// The end of what the master had written when the slave was last asked.
    asked_for: AtomicMoment,
    lagging: AtomicBool,
    setbacks: AtomicU32,
}

impl Freshness {
    pub(crate) fn source(&self) -> Source {
        self.source
    }

    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            sampled: AtomicMoment::default(),
            asked_for: AtomicMoment::default(),
            lagging: AtomicBool::new(false),
            setbacks: AtomicU32::new(0),
        }
    }

    /// The moment up to which it holds everything; `None` while that is unknown.
    pub(crate) fn at(&self, now: Moment) -> Option<Moment> {
        match self.source {
            Source::Shared => Some(now),
            Source::Window(window) => Some(now.minus(window)),
            Source::Positions | Source::Heartbeat => {
                Some(self.sampled.get()).filter(|known| *known > Moment::FIRST)
            }
        }
    }

    /// Whether it holds everything up to `needed`.
    pub(crate) fn is_after(&self, needed: Moment, now: Moment) -> bool {
        self.source == Source::Shared || self.at(now).is_some_and(|known| known > needed)
    }

    /// Whether it is known to be no further behind than `max_lag`, and has caught up since it last was.
    pub(crate) fn is_within(&self, max_lag: Duration, now: Moment) -> bool {
        match self.source {
            Source::Shared | Source::Window(_) => true,
            Source::Positions | Source::Heartbeat => {
                !self.is_lagging()
                    && self
                        .at(now)
                        .is_some_and(|known| now.since(known) <= max_lag)
            }
        }
    }

    /// How far it was behind its master when it was last asked; `None` while that is unknown.
    pub(crate) fn lag(&self, now: Moment) -> Option<Duration> {
        let known = self.at(now)?;
        Some(match self.source {
            Source::Positions | Source::Heartbeat => self.asked_for.get().since(known),
            Source::Shared | Source::Window(_) => now.since(known),
        })
    }

    /// Notes that of what the master had written up to `newest`, everything up to `moment` has arrived.
    pub(crate) fn reached(&self, moment: Moment, newest: Moment) {
        // Not only upwards: a slave that was restored or restarted may hold less than before.
        self.sampled.set(moment);
        self.asked_for.set(newest);
    }

    /// Whether it may serve reads that allow for a lag.
    pub(crate) fn is_lagging(&self) -> bool {
        self.lagging.load(Ordering::Relaxed)
    }

    /// Forgets what was known: it was known of another history.
    pub(crate) fn forget(&self) {
        self.sampled.set(Moment::FIRST);
    }

    /// Forgets what was known, and lets those know who have relied on it and wait for an answer: the server holds less.
    pub(crate) fn set_back(&self) {
        self.forget();
        self.setbacks.fetch_add(1, Ordering::AcqRel);
    }

    /// How often the slave was found to hold less than was known. Whoever relies on what is known asks before, and
    /// again when the answer is there.
    #[inline]
    pub(crate) fn setbacks(&self) -> u32 {
        self.setbacks.load(Ordering::Acquire)
    }

    /// Takes it out beyond `max_lag` and in again below `readmit_lag`; tells the change, if there is one.
    pub(crate) fn judge(
        &self,
        max_lag: Duration,
        readmit_lag: Duration,
        now: Moment,
    ) -> Option<Lag> {
        let lag = self.at(now).map(|known| now.since(known));
        let was_lagging = self.is_lagging();
        let limit = if was_lagging { readmit_lag } else { max_lag };
        let lagging = lag.is_none_or(|lag| lag > limit);
        self.lagging.store(lagging, Ordering::Relaxed);
        match (was_lagging, lagging) {
            (false, true) => Some(Lag::TooFarBehind),
            (true, false) => Some(Lag::CaughtUp),
            _ => None,
        }
    }
}

/// A slave's change between in and out of the rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lag {
    TooFarBehind,
    CaughtUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_LAG: Duration = Duration::from_secs(10);
    const READMIT: Duration = Duration::from_secs(5);

    fn second(n: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000 + n))
    }

    #[test]
    fn unknown_is_not_fresh_and_a_restarted_slave_may_hold_less() {
        let slave = Freshness::new(Source::Positions);
        assert!(!slave.is_within(MAX_LAG, second(0)));
        assert!(!slave.is_after(Moment::FIRST, second(0)));
        slave.reached(second(5), second(5));
        assert!(slave.is_after(second(4), second(5)));
        assert!(
            !slave.is_after(second(5), second(5)),
            "what is not later is not after"
        );
        slave.reached(second(3), second(6));
        assert!(!slave.is_after(second(4), second(6)));
        assert_eq!(slave.lag(second(6)), Some(Duration::from_secs(3)));
        slave.forget();
        assert_eq!(slave.at(second(6)), None);
    }

    /// An idle hour with a beat every two seconds, on tokio's paused clock.
    #[tokio::test(start_paused = true)]
    async fn idle_hour_keeps_a_slave_in() {
        let slave = Freshness::new(Source::Positions);
        for _ in 0..1_800 {
            tokio::time::advance(Duration::from_secs(2)).await;
            let asked = Moment::now();
            slave.reached(asked, asked);
            assert_eq!(slave.judge(MAX_LAG, READMIT, Moment::now()), None);
            assert!(slave.is_within(MAX_LAG, Moment::now()));
        }
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(!slave.is_within(MAX_LAG, Moment::now()));
    }

    #[test]
    fn lagging_slave_is_back_only_below_the_lower_limit() {
        let slave = Freshness::new(Source::Positions);
        slave.reached(second(0), second(0));
        assert_eq!(slave.judge(MAX_LAG, READMIT, second(10)), None);
        assert_eq!(
            slave.judge(MAX_LAG, READMIT, second(11)),
            Some(Lag::TooFarBehind)
        );
        assert_eq!(slave.judge(MAX_LAG, READMIT, second(12)), None);
        slave.reached(second(5), second(12));
        assert_eq!(
            slave.judge(MAX_LAG, READMIT, second(12)),
            None,
            "7 s are within max_lag"
        );
        assert!(!slave.is_within(MAX_LAG, second(12)));
        slave.reached(second(8), second(12));
        assert_eq!(
            slave.judge(MAX_LAG, READMIT, second(12)),
            Some(Lag::CaughtUp)
        );
        assert!(slave.is_within(MAX_LAG, second(12)));
    }
}
