use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
    time::Duration,
};

use tokio::time::Instant;

/// Every row that the load tried to write, and whether it was told that it is there.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<i64, Entry>>);

#[derive(Clone, Copy, Debug)]
struct Entry {
    begun: Instant,
    acknowledged: Option<Instant>,
}

impl Ledger {
    /// A number that no row has.
    pub(crate) fn begin(&self) -> i64 {
        let mut entries = self.0.lock().unwrap();
        let id = entries.last_key_value().map_or(1, |(last, _)| last + 1);
        let entry = Entry {
            begun: Instant::now(),
            acknowledged: None,
        };
        entries.insert(id, entry);
        id
    }

    pub(crate) fn acknowledge(&self, ids: &[i64]) {
        let mut entries = self.0.lock().unwrap();
        for id in ids {
            if let Some(entry) = entries.get_mut(id) {
                entry.acknowledged = Some(Instant::now());
            }
        }
    }

    /// Rows that were acknowledged, and are not `there`.
    pub(crate) fn lost(&self, there: &HashSet<i64>) -> usize {
        let entries = self.0.lock().unwrap();
        let is_lost =
            |(id, entry): &(&i64, &Entry)| entry.acknowledged.is_some() && !there.contains(id);
        entries.iter().filter(is_lost).count()
    }

    /// Rows whose writes were begun after `switch`, and that only the `old` master has.
    pub(crate) fn wrong(&self, old: &HashSet<i64>, new: &HashSet<i64>, switch: Instant) -> usize {
        let entries = self.0.lock().unwrap();
        let is_wrong = |id: &&i64| entries.get(id).is_some_and(|entry| entry.begun > switch);
        old.difference(new).filter(is_wrong).count()
    }

    /// How long after `event` the first row was acknowledged that is `there`.
    pub(crate) fn first_after(&self, event: Instant, there: &HashSet<i64>) -> Option<Duration> {
        let entries = self.0.lock().unwrap();
        let acknowledged = entries
            .iter()
            .filter(|(id, _)| there.contains(id))
            .filter_map(|(_, entry)| entry.acknowledged?.checked_duration_since(event));
        acknowledged.min()
    }

    /// When the last row was acknowledged that is `there`.
    pub(crate) fn last(&self, there: &HashSet<i64>) -> Option<Instant> {
        let entries = self.0.lock().unwrap();
        let acknowledged = entries.iter().filter(|(id, _)| there.contains(id));
        acknowledged
            .filter_map(|(_, entry)| entry.acknowledged)
            .max()
    }
}
