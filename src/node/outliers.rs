use std::{sync::Arc, time::Duration};

use tracing::{info, warn};

use super::{
    Node,
    load::{DOUBLE, WHOLE},
};
use crate::{
    events::NODE,
    freshness::{AtomicMoment, Moment},
};

/// How often slaves are compared with each other.
const PAUSE: Duration = Duration::from_millis(500);

/// A slave that is so much slower than its peers loses half of its share each time: 4 times, which no noise of a network
/// or a cache makes.
const SLOW: i32 = 2 * DOUBLE;

/// One that is no slower than this gets it back as gradually: 2 times, so that one at the limit does not flap.
const WELL: i32 = DOUBLE;

/// Of a thousand reads: so few that they are beyond the 99th percentile, and enough to see that it is well again.
const LEAST: u32 = 2;

/// Answers of which a comparison makes sense.
const ENOUGH: u32 = 5;

/// So often in a row it is so before it loses anything: one pause of a server or of this process is not enough.
const STRIKES: u32 = 2;

/// Slaves that are many times slower than their peers lose share.
#[derive(Debug, Default)]
pub(super) struct Outliers {
    next: AtomicMoment,
}

impl Outliers {
    /// Whether it is time to compare.
    #[inline]
    pub(super) fn is_due(&self, now: Moment) -> bool {
        now > self.next.get()
    }

    /// Compares the slaves with each other, and changes their shares.
    #[cold]
    pub(super) fn weigh(&self, slaves: &[Arc<Node>], now: Moment) {
        let is_first = self.next.get() == Moment::FIRST;
        self.next.set(now.plus(PAUSE));
        if is_first {
            // Answers of no time are not too few.
            return;
        }
        slaves.iter().for_each(|slave| slave.load.note_compared());
        let means: Vec<_> = slaves.iter().map(|slave| slave.load.mean(now)).collect();
        for (number, slave) in slaves.iter().enumerate() {
            let others = means.iter().enumerate();
            let others = others.filter(|(other, _)| *other != number);
            let mut peers: Vec<_> = others.filter_map(|(_, mean)| *mean).collect();
            peers.sort_unstable();
            let share = slave.load.share();
            let has_samples = slave
                .load
                .has_samples(if share < WHOLE { 1 } else { ENOUGH });
            slave.load.note_sparse(!has_samples);
            if share < WHOLE && !has_samples {
                slave.load.forgive(PAUSE);
            }
            match (slave.load.mean_before(), peers.get(peers.len() / 2)) {
                // Nobody knows better.
                (_, None) if share < WHOLE && slaves.len() < 2 => change(slave, WHOLE, 0),
                (_, None) => {}
                (mean, Some(usual)) => {
                    let gap = mean - usual;
                    let is_slow = gap >= SLOW && has_samples;
                    let strikes = match has_samples {
                        true => slave.load.strike(is_slow),
                        false => 0,
                    };
                    if is_slow && (strikes >= STRIKES || share < WHOLE) {
                        change(slave, (share / 2).max(LEAST), gap);
                    } else if gap <= WELL && share < WHOLE {
                        change(slave, (share * 2).min(WHOLE), gap);
                    }
                }
            }
        }
    }
}

/// One line in the log where it begins and where it ends.
fn change(slave: &Node, share: u32, gap: i32) {
    let before = slave.load.share();
    slave.load.set_share(share, gap);
    match (before >= WHOLE, share >= WHOLE) {
        (true, false) => warn!(
            target: NODE, bind = %slave.bind, node = %slave.name, times = slave.load.slowness(),
            "the slave answers many times slower than its peers: it gets fewer reads until it answers as fast"
        ),
        (false, true) => info!(
            target: NODE, bind = %slave.bind, node = %slave.name,
            "the slave answers as fast as its peers: it has its share of the reads again"
        ),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::test_node;

    fn at(milliseconds: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000) + Duration::from_millis(milliseconds))
    }

    /// Of each slave, by how much its answers take longer; what share each has after so many comparisons.
    fn shares(slaves: &[Arc<Node>], slowness: &[i32], times: u64) -> Vec<u32> {
        let outliers = Outliers::default();
        outliers.weigh(slaves, at(0));
        for time in 0..times {
            let now = at(time * 500);
            for (slave, slowness) in slaves.iter().zip(slowness) {
                for _ in 0..10 {
                    slave.load.note(*slowness, now);
                }
            }
            outliers.weigh(slaves, now);
        }
        slaves.iter().map(|slave| slave.load.share()).collect()
    }

    fn slaves(number: usize) -> Vec<Arc<Node>> {
        let node = |number| Arc::new(test_node(&format!("slave-{number}"), 1));
        (1..=number).map(node).collect()
    }

    #[test]
    fn slow_slave_loses_its_share_gradually_and_gets_it_back() {
        let slaves = slaves(3);
        assert_eq!(shares(&slaves, &[0, 1700, 0], 1), [1_000, 1_000, 1_000]);
        assert_eq!(shares(&slaves, &[0, 1700, 0], 1), [1_000, 500, 1_000]);
        assert_eq!(shares(&slaves, &[0, 1700, 0], 2), [1_000, 125, 1_000]);
        assert_eq!(shares(&slaves, &[0, 1700, 0], 9), [1_000, LEAST, 1_000]);
        assert_eq!(
            shares(&slaves, &[0, 300, 0], 20),
            [1_000, LEAST, 1_000],
            "hysteresis"
        );
        assert_eq!(shares(&slaves, &[0, 0, 0], 2), [1_000, LEAST * 4, 1_000]);
        assert_eq!(shares(&slaves, &[0, 0, 0], 8), [1_000, 1_000, 1_000]);
    }

    #[test]
    fn all_that_are_slow_keep_their_shares() {
        for number in 1..4 {
            let slowness = vec![1_700; number];
            assert_eq!(shares(&slaves(number), &slowness, 20), vec![1_000; number]);
        }
    }

    #[test]
    fn slow_slave_that_nobody_reads_from_is_tried_again() {
        let slaves = slaves(2);
        assert_eq!(shares(&slaves, &[0, 1_700], 20), [1_000, LEAST]);
        let outliers = Outliers::default();
        let is_back = (0..200).any(|time| {
            let now = at(100_000 + 500 * time);
            (0..10).for_each(|_| slaves[0].load.note(0, now));
            outliers.weigh(&slaves, now);
            slaves[1].load.share() > LEAST
        });
        assert!(is_back);
    }
}
