use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use parking_lot::Mutex;

use crate::freshness::{AtomicMoment, Moment};

/// An application has fewer; one that makes tables without end is not remembered table by table.
const MOST: usize = 65_536;

/// A table's name as a number. Two names may share one, which costs a read from the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TableKey(u64);

impl TableKey {
    /// Case and schema are left out: what is the same table must have the same key.
    pub(crate) fn new(name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        // Of the one that becomes two, the first is the one that MySQL keeps.
        for c in name.chars().filter_map(|c| c.to_lowercase().next()) {
            c.hash(&mut hasher);
        }
        Self(hasher.finish())
    }
}

/// When this process last wrote each table.
#[derive(Debug, Default)]
pub(super) struct TableWrites {
    written: Mutex<HashMap<TableKey, Moment>>,
    /// Writes of which it is not known what they changed.
    any: AtomicMoment,
}

impl TableWrites {
    /// Notes a write of `tables`, or of unknown ones if there are none.
    pub(super) fn note(&self, tables: &[TableKey], moment: Moment) {
        if tables.is_empty() {
            self.any.raise(moment);
            return;
        }
        let mut written = self.written.lock();
        if written.len() >= MOST {
            let last = written.values().max().copied().unwrap_or(moment);
            self.any.raise(last);
            written.clear();
        }
        for table in tables {
            let last = written.entry(*table).or_insert(moment);
            *last = moment.max(*last);
        }
    }

    /// When one of `tables` was last written; any table, if there are none.
    pub(super) fn last(&self, tables: &[TableKey]) -> Moment {
        let written = self.written.lock();
        let last = match tables {
            [] => written.values().max().copied(),
            tables => tables
                .iter()
                .filter_map(|table| written.get(table))
                .max()
                .copied(),
        };
        last.unwrap_or(Moment::FIRST).max(self.any.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_server_may_take_for_one_have_one_key() {
        for (one, other) in [
            ("Cake", "cAKE"),
            ("CAFÉ", "café"),
            ("ΣΑΣ", "σασ"),
            ("İ", "i"),
        ] {
            assert_eq!(TableKey::new(one), TableKey::new(other), "{one}");
        }
        assert_ne!(TableKey::new("cake"), TableKey::new("cakes"));
    }
}
