use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::super::{Object, ObjectKind, Table, Usage};
use super::Name;

/// So many are compared with each other, which needs no memory; only of more are the names hashed.
const FEW: usize = 16;

/// The tables that a text names, in the order of their appearance.
#[derive(Debug, Default)]
pub(crate) struct NamedTables {
    found: Vec<Option<Table>>,
    objects: Vec<Object>,
    /// The same, once they are many.
    known_objects: HashSet<Object>,
    perhaps: Vec<Option<Table>>,
    temporary: Vec<Table>,
    /// Whether a relation of SQLite's is named that is told by a condition what it is about.
    is_told: bool,
    /// The tokens that were walked through as queries.
    walked: Vec<(usize, usize)>,
    loose: Option<Loose>,
}

/// What is kept where names are of interest that no rule has taken.
#[derive(Debug, Default)]
struct Loose {
    /// The positions of those that a rule has taken.
    named: HashSet<usize>,
    names: Vec<Option<Table>>,
}

impl NamedTables {
    /// That notes names too which no rule takes.
    pub(crate) fn with_loose() -> Self {
        Self {
            loose: Some(Loose::default()),
            ..Self::default()
        }
    }

    pub(crate) fn wants_loose(&self) -> bool {
        self.loose.is_some()
    }

    /// Notes a name that no rule has taken.
    pub(crate) fn add_loose(&mut self, name: &Name<'_>) {
        if let Some(loose) = &mut self.loose {
            loose.names.push(Some(table(name, Usage::Read)));
        }
    }

    /// Notes all that another text names.
    pub(crate) fn add_all_loose(&mut self, other: Self) {
        if let Some(loose) = &mut self.loose {
            loose.names.extend(other.found);
        }
    }

    /// Whether a rule has taken the name at a position.
    pub(crate) fn has_named(&self, at: usize) -> bool {
        self.loose
            .as_ref()
            .is_some_and(|loose| loose.named.contains(&at))
    }

    /// Each name once that no rule has taken.
    pub(crate) fn loose(&mut self) -> Vec<Table> {
        distinct(self.loose.take().unwrap_or_default().names)
    }

    fn mark(&mut self, name: &Name<'_>) {
        if let Some(loose) = &mut self.loose {
            loose.named.insert(name.start);
        }
    }

    /// The same for a name in a string, which has no position of its own.
    pub(crate) fn add_told(&mut self, name: &Name<'_>, usage: Usage) {
        self.found.push(Some(table(name, usage)));
    }

    pub(crate) fn add(&mut self, name: &Name<'_>, usage: Usage) {
        self.mark(name);
        self.found.push(Some(table(name, usage)));
    }

    /// Notes that a table that was named is made as a temporary one.
    pub(crate) fn note_temporary(&mut self, name: &Name<'_>) {
        self.temporary.push(table(name, Usage::Define));
    }

    pub(crate) fn temporary(&mut self) -> Vec<Table> {
        std::mem::take(&mut self.temporary)
    }

    /// Notes what is no table, once.
    pub(crate) fn add_object(&mut self, kind: ObjectKind, name: &Name<'_>) {
        self.mark(name);
        self.add_told_object(kind, name);
    }

    /// The same for a name in a string.
    pub(crate) fn add_told_object(&mut self, kind: ObjectKind, name: &Name<'_>) {
        let Table { schema, name, .. } = table(name, Usage::Read);
        self.note_object(Object { kind, schema, name });
    }

    pub(crate) fn note_object(&mut self, object: Object) {
        if self.objects.len() < FEW {
            if !self.objects.contains(&object) {
                self.objects.push(object);
            }
            return;
        }
        if self.known_objects.is_empty() {
            self.known_objects.extend(self.objects.iter().cloned());
        }
        if self.known_objects.insert(object.clone()) {
            self.objects.push(object);
        }
    }

    /// Notes what is read if it is a table at all.
    pub(crate) fn add_perhaps(&mut self, name: &Name<'_>) {
        self.mark(name);
        self.perhaps.push(Some(table(name, Usage::Read)));
    }

    /// The same for a string that is a name as it stands.
    pub(crate) fn add_told_name(&mut self, schema: Option<String>, name: String) {
        self.perhaps.push(Some(Table {
            schema,
            name,
            usage: Usage::Read,
        }));
    }

    pub(super) fn note_told(&mut self) {
        self.is_told = true;
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told
    }

    /// Whether any table is such a one.
    pub(crate) fn any(&self, is_it: impl Fn(&Table) -> bool) -> bool {
        self.found.iter().flatten().any(is_it)
    }

    /// The same for a name in a string that follows the rules of SQL.
    pub(crate) fn add_told_perhaps(&mut self, name: &Name<'_>) {
        self.perhaps.push(Some(table(name, Usage::Read)));
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

    /// Those that were found since a place; they are forgotten.
    pub(super) fn take(&mut self, since: usize) -> Vec<Table> {
        let taken = self.found.split_off(since.min(self.found.len()));
        taken.into_iter().flatten().collect()
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

    /// Where each name was found first since a place.
    pub(super) fn places(&self, since: usize) -> HashMap<String, usize> {
        let mut places = HashMap::new();
        for (place, table) in self.found.iter().enumerate().skip(since) {
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

    /// Such tables as are named without a schema since a place are in this one.
    pub(crate) fn qualify(&mut self, since: usize, schema: &str, is_in: impl Fn(&Table) -> bool) {
        for table in self.found.iter_mut().skip(since).flatten() {
            if table.schema.is_none() && is_in(table) {
                table.schema = Some(schema.to_owned());
            }
        }
    }

    /// The same for those that were named with the schema before the place.
    pub(crate) fn qualify_as_before(&mut self, since: usize, schema: &str) {
        let before = self.found.iter().take(since).flatten();
        let is_in = |table: &&Table| table.schema.as_deref() == Some(schema);
        let known: HashSet<_> = before
            .filter(is_in)
            .map(|table| table.name.clone())
            .collect();
        self.qualify(since, schema, |table| known.contains(&table.name));
    }

    /// Notes that the tokens from one position to another are done with.
    pub(crate) fn note_walked(&mut self, start: usize, end: usize) {
        self.walked.push((start, end));
    }

    /// How often something was done with.
    pub(crate) fn walks(&self) -> usize {
        self.walked.len()
    }

    /// What was done with since then, in order; it is forgotten.
    pub(crate) fn take_walked(&mut self, since: usize) -> Vec<(usize, usize)> {
        let mut walked = self.walked.split_off(since.min(self.walked.len()));
        walked.sort_unstable();
        walked
    }

    /// Since a place, nothing is written: the statement is only planned.
    pub(crate) fn only_read(&mut self, since: usize) {
        for table in self.found.iter_mut().skip(since).flatten() {
            table.usage = Usage::Read;
        }
    }

    /// Each table once, with the strongest thing done to it.
    pub(crate) fn distinct(&mut self) -> Vec<Table> {
        distinct(std::mem::take(&mut self.found))
    }
}

fn table(name: &Name<'_>, usage: Usage) -> Table {
    Table {
        schema: name.schema.as_ref().map(ToString::to_string),
        name: name.name.to_string(),
        usage,
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
