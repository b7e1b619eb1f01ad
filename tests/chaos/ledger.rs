use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Every row that the load tried to write, and whether it was told that it is there.
///
/// Eight bytes each: what the process takes during a soak shall be the application's.
#[derive(Debug)]
pub(crate) struct Ledger {
    start: Instant,
    /// Row 1 comes first.
    entries: Mutex<Vec<Entry>>,
}

/// In [`UNIT`]s after the start.
#[derive(Clone, Copy, Debug)]
struct Entry {
    begun: u32,
    /// 0: not.
    acknowledged: u32,
}

/// Five days fit.
const UNIT: Duration = Duration::from_micros(100);

impl Default for Ledger {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            entries: Mutex::default(),
        }
    }
}

impl Ledger {
    /// A number that no row has.
    pub(crate) fn begin(&self) -> i64 {
        let begun = self.age(Instant::now());
        self.with(|entries| {
            entries.push(Entry {
                begun,
                acknowledged: 0,
            });
            entries.len().try_into().unwrap()
        })
    }

    pub(crate) fn acknowledge(&self, ids: &[i64]) {
        let acknowledged = self.age(Instant::now()).max(1);
        self.with(|entries| {
            for id in ids {
                let index = usize::try_from(id - 1).unwrap();
                entries[index].acknowledged = acknowledged;
            }
        });
    }

    /// Rows that were acknowledged, and are not `there`.
    pub(crate) fn lost(&self, there: &HashSet<i64>) -> usize {
        let is_lost = |(id, entry): &(i64, Entry)| entry.acknowledged > 0 && !there.contains(id);
        self.with(|entries| numbered(entries).filter(is_lost).count())
    }

    /// Rows whose writes were begun after `switch`, and that only the `old` master has.
    pub(crate) fn wrong(&self, old: &HashSet<i64>, new: &HashSet<i64>, switch: Instant) -> usize {
        let switch = self.age(switch);
        let is_wrong = |(id, entry): &(i64, Entry)| {
            entry.begun > switch && old.contains(id) && !new.contains(id)
        };
        self.with(|entries| numbered(entries).filter(is_wrong).count())
    }

    /// How long after `event` the first row was acknowledged that is `there`.
    pub(crate) fn first_after(&self, event: Instant, there: &HashSet<i64>) -> Option<Duration> {
        let event = self.age(event);
        let acknowledged = self.acknowledged(there).into_iter();
        let after = acknowledged.filter_map(|at| at.checked_sub(event));
        after.min().map(|units| UNIT * units)
    }

    /// When the last row was acknowledged that is `there`.
    pub(crate) fn last(&self, there: &HashSet<i64>) -> Option<Instant> {
        let last = self.acknowledged(there).into_iter().max();
        last.map(|units| self.start + UNIT * units)
    }

    fn acknowledged(&self, there: &HashSet<i64>) -> Vec<u32> {
        let is_told = |(id, entry): &(i64, Entry)| entry.acknowledged > 0 && there.contains(id);
        self.with(|entries| {
            let told = numbered(entries).filter(is_told);
            told.map(|(_, entry)| entry.acknowledged).collect()
        })
    }

    fn age(&self, moment: Instant) -> u32 {
        let age = moment.saturating_duration_since(self.start);
        (age.as_micros() / UNIT.as_micros()).try_into().unwrap()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn numbered(entries: &[Entry]) -> impl Iterator<Item = (i64, Entry)> {
    (1..).zip(entries.iter().copied())
}
