use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::{Table, Usage};
use super::Name;

/// The tables that a text names, in the order of their appearance.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    found: Vec<Table>,
}

impl Tables {
    pub(crate) fn add(&mut self, name: &Name<'_>, usage: Usage) {
        self.found.push(Table {
            schema: name.schema.as_ref().map(ToString::to_string),
            name: name.name.to_string(),
            usage,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn take(&mut self) -> Vec<Table> {
        std::mem::take(&mut self.found)
    }

    /// Marks the table at a place, or else the one of a name, as written; returns its name.
    pub(super) fn write(&mut self, name: &str, place: Option<usize>) -> String {
        let place = place.or_else(|| self.found.iter().position(|table| table.name == name));
        match place.and_then(|place| self.found.get_mut(place)) {
            Some(table) => {
                table.usage = Usage::Write;
                table.to_string()
            }
            None => {
                self.found.push(Table {
                    schema: None,
                    name: name.to_owned(),
                    usage: Usage::Write,
                });
                name.to_owned()
            }
        }
    }

    /// Forgets a name that turned out to be a query of the `WITH` clause that began at `start`.
    pub(super) fn forget(&mut self, start: usize, is_it: impl Fn(&Table) -> bool) {
        let mut at = 0;
        self.found.retain(|table| {
            at += 1;
            at <= start || !is_it(table)
        });
    }

    /// Each table once, with the strongest thing done to it.
    pub(crate) fn distinct(self) -> Vec<Table> {
        let mut places: HashMap<(Option<String>, String), usize> = HashMap::new();
        let mut distinct: Vec<Table> = Vec::new();
        for table in self.found {
            match places.entry((table.schema.clone(), table.name.clone())) {
                Entry::Vacant(place) => {
                    place.insert(distinct.len());
                    distinct.push(table);
                }
                Entry::Occupied(place) => {
                    if let Some(first) = distinct.get_mut(*place.get()) {
                        first.usage = first.usage.max(table.usage);
                    }
                }
            }
        }
        distinct
    }
}
