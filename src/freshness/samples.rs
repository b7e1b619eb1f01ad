use std::collections::VecDeque;

use super::{Moment, Position};

/// Enough to tell a slave's lag within some percent: the older the samples, the further they lie apart.
const MOST: usize = 256;

/// What a master had written at moments of the past, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Samples(VecDeque<(Moment, Position)>);

impl Samples {
    /// Adds what the master answered to a question asked at `moment`; true if that is another history than before, of
    /// which nothing known so far tells anything.
    pub(crate) fn add(&mut self, moment: Moment, position: Position) -> bool {
        let Some((last_moment, last)) = self.0.back_mut() else {
            self.0.push_back((moment, position));
            return false;
        };
        if *last == position {
            *last_moment = moment;
            return false;
        }
        let continues = last.may_become(&position);
        if !continues {
            self.0.clear();
        }
        self.thin();
        self.0.push_back((moment, position));
        !continues
    }

    /// The last moment whose writes a slave that reports `applied` has in full.
    pub(crate) fn newest_reached_by(&self, applied: &Position) -> Option<Moment> {
        let mut newest_first = self.0.iter().rev();
        newest_first
            .find(|(_, written)| written.is_reached_by(applied))
            .map(|(moment, _)| *moment)
    }

    /// The first moment at which the master is known to have written everything up to `position`.
    pub(crate) fn oldest_with(&self, position: &Position) -> Option<Moment> {
        let mut oldest_first = self.0.iter();
        oldest_first
            .find(|(_, written)| position.is_reached_by(written))
            .map(|(moment, _)| *moment)
    }

    pub(crate) fn latest(&self) -> Option<&(Moment, Position)> {
        self.0.back()
    }

    /// Makes room: what goes is the sample whose neighbours are closest together for its age.
    fn thin(&mut self) {
        if self.0.len() < MOST {
            return;
        }
        let Some((now, _)) = self.0.back() else {
            return;
        };
        let moment = |index: usize| self.0[index].0;
        let inner = 1..self.0.len() - 1;
        let least = inner.min_by_key(|&index| {
            let gap = moment(index + 1).since(moment(index - 1));
            gap.as_nanos() * 1_000 / now.since(moment(index)).as_nanos().max(1)
        });
        least.and_then(|index| self.0.remove(index));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::freshness::Lsn;

    fn lsn(timeline: u32, byte: u64) -> Position {
        Position::Postgres(Lsn {
            system: 7,
            timeline,
            byte,
        })
    }

    fn second(n: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(n))
    }

    #[test]
    fn slave_is_as_fresh_as_the_newest_sample_that_it_has_reached() {
        let mut samples = Samples::default();
        for n in 1..=3 {
            assert!(!samples.add(second(n), lsn(1, n * 100)));
        }
        let cases = [
            (99, None),
            (100, Some(1)),
            (250, Some(2)),
            (300, Some(3)),
            (900, Some(3)),
        ];
        for (byte, expected) in cases {
            assert_eq!(
                samples.newest_reached_by(&lsn(1, byte)),
                expected.map(second),
                "{byte}"
            );
        }
    }

    #[test]
    fn idle_master_keeps_its_slaves_fresh() {
        let mut samples = Samples::default();
        for n in 1..=3600 {
            samples.add(second(n), lsn(1, 100));
        }
        assert_eq!(samples.newest_reached_by(&lsn(1, 100)), Some(second(3600)));
        assert_eq!(samples.0.len(), 1);
    }

    #[test]
    fn new_timeline_makes_the_old_samples_worthless() {
        let mut samples = Samples::default();
        samples.add(second(1), lsn(1, 100));
        assert!(samples.add(second(2), lsn(2, 150)));
        assert_eq!(samples.newest_reached_by(&lsn(1, 500)), None);
        assert_eq!(samples.newest_reached_by(&lsn(2, 150)), Some(second(2)));
        assert!(
            samples.add(second(3), lsn(2, 10)),
            "a master set back is another one"
        );
    }

    #[test]
    fn many_samples_lie_further_apart_and_stay_true() {
        let mut samples = Samples::default();
        for n in 1..=10_000 {
            samples.add(second(n), lsn(1, n * 100));
            assert!(samples.0.len() <= MOST);
        }
        assert_eq!(
            samples.newest_reached_by(&lsn(1, 1_000_000)),
            Some(second(10_000))
        );
        for behind in [10, 100, 1_000, 9_000] {
            let reached = samples
                .newest_reached_by(&lsn(1, (10_000 - behind) * 100))
                .unwrap();
            let lag = second(10_000).since(reached).as_secs();
            assert!(
                (behind..behind + behind / 10 + 2).contains(&lag),
                "{behind} s behind: {lag} s"
            );
        }
    }

    #[test]
    fn position_of_a_token_is_dated_by_the_first_sample_that_has_it() {
        let mut samples = Samples::default();
        for n in 1..=3 {
            samples.add(second(n), lsn(1, n * 100));
        }
        assert_eq!(samples.oldest_with(&lsn(1, 50)), Some(second(1)));
        assert_eq!(samples.oldest_with(&lsn(1, 101)), Some(second(2)));
        assert_eq!(samples.oldest_with(&lsn(1, 301)), None);
    }
}
