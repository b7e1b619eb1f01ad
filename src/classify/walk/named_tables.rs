use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::{Object, ObjectKind, Table, Usage};
use super::Name;

/// So many are compared with each other, which needs no memory; only of more are the names hashed.
const FEW: usize = 16;

/// The tables that a text names, in the order of their appearance.
#[derive(Debug, Default)]
pub(crate) struct NamedTables {
    found: Vec<Option<Table>>,
    objects: Vec<Object>,
    perhaps: Vec<Option<Table>>,
}

impl NamedTables {
    pub(crate) fn add(&mut self, name: &Name<'_>, usage: Usage) {
        self.found.push(Some(Table {
            schema: name.schema.as_ref().map(ToString::to_string),
            name: name.name.to_string(),
            usage,
        }));
    }

    /// Notes what is no table, once.
    pub(crate) fn add_object(&mut self, kind: ObjectKind, name: &Name<'_>) {
        let object = Object {
            kind,
            schema: name.schema.as_ref().map(ToString::to_string),
            name: name.name.to_string(),
        };
        if !self.objects.contains(&object) {
            self.objects.push(object);
        }
    }

    /// Notes what is read if it is a table at all.
    pub(crate) fn add_perhaps(&mut self, name: &Name<'_>) {
        self.perhaps.push(Some(Table {
            schema: name.schema.as_ref().map(ToString::to_string),
            name: name.name.to_string(),
            usage: Usage::Read,
        }));
    }

    /// Each of those once.
    pub(crate) fn perhaps(&mut self) -> Vec<Table> {
        distinct(std::mem::take(&mut self.perhaps))
    }

    pub(crate) fn objects(&mut self) -> Vec<Object> {
        std::mem::take(&mut self.objects)
    }

    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn take(&mut self) -> Vec<Table> {
        std::mem::take(&mut self.found)
            .into_iter()
            .flatten()
            .collect()
    }

    /// Marks the table at a place as written, or adds one of that name; returns its name.
    pub(super) fn write(&mut self, name: &str, place: Option<usize>) -> String {
        match place.and_then(|place| self.found.get_mut(place)?.as_mut()) {
            Some(table) => {
                table.usage = Usage::Write;
                table.to_string()
            }
            None => {
                self.found.push(Some(Table {
                    schema: None,
                    name: name.to_owned(),
                    usage: Usage::Write,
                }));
                name.to_owned()
            }
        }
    }

    /// Where each name was found first.
    pub(super) fn places(&self) -> HashMap<String, usize> {
        let mut places = HashMap::new();
        for (place, table) in self.found.iter().enumerate() {
            if let Some(table) = table {
                places.entry(table.name.clone()).or_insert(place);
            }
        }
        places
    }

    /// Forgets the table at a place: it turned out to be a query of a `WITH` clause.
    pub(super) fn forget(&mut self, place: usize) {
        if let Some(table) = self.found.get_mut(place) {
            *table = None;
        }
    }

    /// What is used so and named without a schema since a place is in this one.
    pub(crate) fn qualify(&mut self, since: usize, schema: &str, usages: impl Fn(Usage) -> bool) {
        for table in self.found.iter_mut().skip(since).flatten() {
            if table.schema.is_none() && usages(table.usage) {
                table.schema = Some(schema.to_owned());
            }
        }
    }

    /// Since a place, nothing is written: the statement is only planned.
    pub(crate) fn only_read(&mut self, since: usize) {
        for table in self.found.iter_mut().skip(since).flatten() {
            table.usage = Usage::Read;
        }
    }

    /// Each table once, with the strongest thing done to it.
    pub(crate) fn distinct(self) -> Vec<Table> {
        distinct(self.found)
    }
}

fn distinct(found: Vec<Option<Table>>) -> Vec<Table> {
    match found.len() {
        0..=FEW => distinct_of_few(found),
        _ => distinct_of_many(found),
    }
}

fn distinct_of_few(found: Vec<Option<Table>>) -> Vec<Table> {
    let mut distinct: Vec<Table> = Vec::with_capacity(found.len());
    for table in found.into_iter().flatten() {
        let is_it = |known: &&mut Table| known.has_name_of(&table);
        match distinct.iter_mut().find(is_it) {
            Some(known) => known.usage = known.usage.max(table.usage),
            None => distinct.push(table),
        }
    }
    distinct
}

fn distinct_of_many(found: Vec<Option<Table>>) -> Vec<Table> {
    let mut places: HashMap<(Option<String>, String), usize> = HashMap::new();
    let mut distinct: Vec<Table> = Vec::new();
    for table in found.into_iter().flatten() {
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
