use std::time::Duration;

use parking_lot::Mutex;

use crate::freshness::Moment;

/// Retries are counted against the reads of this time.
const WINDOW: Duration = Duration::from_secs(10);

/// One retry for so many reads: a bind whose nodes all fail must not get twice the load.
const READS_PER_RETRY: u64 = 10;

/// Retries that are always granted: those of the statements in flight when a node dies.
const RESERVE: u64 = 1_000;

/// How many reads may be repeated on another node.
#[derive(Debug)]
pub(super) struct Budget {
    reads_per_one: u64,
    reserve: u64,
    window: Mutex<Window>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(READS_PER_RETRY, RESERVE)
    }
}

#[derive(Debug, Default)]
struct Window {
    begin: Option<Moment>,
    reads_before: u64,
    retries: u64,
}

impl Budget {
    /// One for so many reads, and so many that are always granted.
    pub(super) fn of(reads_per_one: u64, reserve: u64) -> Self {
        Self {
            reads_per_one,
            reserve,
            window: Mutex::default(),
        }
    }

    fn granted(&self, window: &Window, reads: u64) -> u64 {
        self.reserve + reads.saturating_sub(window.reads_before) / self.reads_per_one
    }

    /// Takes one retry, if there is one; `reads` counts all reads so far.
    pub(super) fn withdraw(&self, reads: u64, now: Moment) -> bool {
        let mut window = self.window.lock();
        window.begin_if_over(reads, now);
        window.retries += 1;
        window.retries <= self.granted(&window, reads)
    }

    /// Whether there is one, without taking it.
    pub(super) fn has_one(&self, reads: u64, now: Moment) -> bool {
        let mut window = self.window.lock();
        window.begin_if_over(reads, now);
        window.retries < self.granted(&window, reads)
    }
}

impl Window {
    fn begin_if_over(&mut self, reads: u64, now: Moment) {
        if self.begin.is_none_or(|begin| now.since(begin) > WINDOW) {
            *self = Self {
                begin: Some(now),
                reads_before: reads,
                retries: 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_read_of_ten_is_repeated_beside_the_reserve() {
        let budget = Budget::default();
        let now = Moment::FIRST.plus(Duration::from_secs(60));
        let granted = |reads, now| (0..5_000).filter(|_| budget.withdraw(reads, now)).count();
        assert_eq!(granted(50_000, now), 1_000);
        assert_eq!(granted(50_000, now), 0);
        assert!(
            !budget.withdraw(60_000, now),
            "what was asked for in vain counts too"
        );
        assert_eq!(granted(60_000, now.plus(Duration::from_secs(11))), 1_000);
    }

    #[test]
    fn a_look_takes_nothing() {
        let budget = Budget::default();
        let now = Moment::FIRST.plus(Duration::from_secs(60));
        assert!((0..5_000).all(|_| budget.has_one(0, now)));
        assert!((0..1_000).all(|_| budget.withdraw(0, now)));
        assert!(!budget.has_one(0, now));
        assert!(budget.has_one(0, now.plus(Duration::from_secs(11))));
    }
}
