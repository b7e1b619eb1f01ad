use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Distance of the first moment from the end of the scale: a paused clock may begin before the process's own.
const ORIGIN: u64 = 1 << 50;

/// A point of this process's monotonic clock, in microseconds: small enough for one atomic.
///
/// Two events in the same microsecond are not ordered, so that only what is later is after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Before everything that happens.
    pub(crate) const FIRST: Self = Self(0);

    /// After everything that happens.
    pub(crate) const LAST: Self = Self(u64::MAX);

    pub(crate) fn now() -> Self {
        static START: OnceLock<Instant> = OnceLock::new();
        let now = Instant::now();
        let start = *START.get_or_init(|| now);
        match now.checked_duration_since(start) {
            Some(after) => Self(ORIGIN.saturating_add(microseconds(after))),
            None => Self(ORIGIN.saturating_sub(microseconds(start - now))),
        }
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(microseconds(duration)))
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(microseconds(duration)))
    }

    /// How long before `self` `earlier` was; nothing if it was not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A moment that threads share; [`Moment::FIRST`] until it is set.
#[derive(Debug, Default)]
pub(crate) struct AtomicMoment(AtomicU64);

impl AtomicMoment {
    pub(crate) fn get(&self) -> Moment {
        Moment(self.0.load(Ordering::Acquire))
    }

    pub(crate) fn set(&self, moment: Moment) {
        self.0.store(moment.0, Ordering::Release);
    }

    /// Sets it to `moment` unless it is later already.
    pub(crate) fn raise(&self, moment: Moment) {
        self.0.fetch_max(moment.0, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn moments_follow_the_clock() {
        let before = Moment::now();
        tokio::time::advance(Duration::from_millis(1500)).await;
        let after = Moment::now();
        assert!(before < after);
        assert_eq!(after.since(before), Duration::from_millis(1500));
        assert_eq!(before.since(after), Duration::ZERO);
        assert_eq!(before.plus(Duration::from_millis(1500)), after);
        assert_eq!(after.minus(Duration::from_millis(1500)), before);
        assert!(Moment::FIRST < before.minus(Duration::from_secs(365 * 24 * 3600)));
    }

    #[test]
    fn raising_never_lowers() {
        let moment = AtomicMoment::default();
        assert_eq!(moment.get(), Moment::FIRST);
        moment.raise(Moment(7));
        moment.raise(Moment(3));
        assert_eq!(moment.get(), Moment(7));
        moment.set(Moment(3));
        assert_eq!(moment.get(), Moment(3));
    }
}
