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

/// Since when a pool's connections may be used: one that is older may have kept what a refused read did to its session.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    since: AtomicMoment,
    is_sweeping: AtomicBool,
}

impl Renewal {
    #[cfg_attr(
        not(any(feature = "sqlx-postgres", feature = "sqlx-mysql")),
        allow(dead_code, reason = "drivers of servers ask")
    )]
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
