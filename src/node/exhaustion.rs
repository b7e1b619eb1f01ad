use std::time::Duration;

use crate::freshness::{AtomicMoment, Moment};

/// A connection that is on its way back to its pool, or is just being opened, is there within this time.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

/// Since when a pool has been seen without a free connection although fewer statements than connections are at work.
///
/// For a moment that is so after every statement. If it stays so, somebody else has them.
#[derive(Debug, Default)]
pub(super) struct Exhaustion(AtomicMoment);

impl Exhaustion {
    /// Whether somebody else has the pool's connections, by what is seen now.
    #[inline]
    pub(super) fn look(&self, has_room: bool) -> bool {
        if has_room {
            if self.0.get() > Moment::FIRST {
                self.0.set(Moment::FIRST);
            }
            return false;
        }
        self.has_lasted(Moment::now())
    }

    #[cold]
    fn has_lasted(&self, now: Moment) -> bool {
        match self.0.get() {
            Moment::FIRST => {
                self.0.set(now);
                false
            }
            since => now.since(since) > ON_ITS_WAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_on_its_way_back_is_no_exhaustion() {
        let exhaustion = Exhaustion::default();
        for _ in 0..10 {
            assert!(!exhaustion.look(false));
            tokio::time::advance(ON_ITS_WAY).await;
            assert!(!exhaustion.look(true));
        }
        assert!(!exhaustion.look(false));
        tokio::time::advance(ON_ITS_WAY * 2).await;
        assert!(exhaustion.look(false));
        assert!(!exhaustion.look(true));
        assert!(!exhaustion.look(false));
    }
}
