use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sea_orm::DbBackend;

use super::facts::{Fact, FullName, What};
use crate::{classify::Table, session::TableKey};

/// Which tables a read or write of a relation touches, beside or instead of itself, on one kind of server.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    read: HashMap<String, Reach>,
    written: HashMap<String, Reach>,
}

/// Tables as the session's memory knows them.
#[derive(Debug)]
enum Reach {
    Tables(Box<[TableKey]>),
    /// Nobody knows: a function or trigger of the user's has its say.
    Any,
}

impl Kinship {
    /// Adds that of one database. What is kin in any bind is so in all.
    pub(super) fn add(&mut self, backend: DbBackend, facts: &[Fact]) {
        let family = Family::of(facts);
        for member in 0..family.members.len() {
            let (name, is_visible) = family.members[member];
            let full = backend_name(backend, Some(&name.schema), &name.name);
            let short = is_visible.then(|| backend_name(backend, None, &name.name));
            for key in [Some(full), short].into_iter().flatten() {
                note(&mut self.read, &key, &name.name, family.read(member));
                note(&mut self.written, &key, &name.name, family.written(member));
            }
        }
    }

    /// What a read depends on; none where that may be any.
    pub(super) fn read<'t>(
        &self,
        backend: DbBackend,
        tables: impl Iterator<Item = &'t Table>,
    ) -> Arc<[TableKey]> {
        reached(&self.read, backend, tables)
    }

    /// What a write changes; none where that may be any.
    pub(super) fn written<'t>(
        &self,
        backend: DbBackend,
        tables: impl Iterator<Item = &'t Table>,
    ) -> Arc<[TableKey]> {
        reached(&self.written, backend, tables)
    }
}

/// A relation's name as statements of a server have it: those of MySQL and SQLite have no case, or may have none.
pub(super) fn backend_name(backend: DbBackend, schema: Option<&str>, name: &str) -> String {
    let full = match schema {
        Some(schema) => format!("{schema}.{name}"),
        None => name.to_owned(),
    };
    match backend {
        DbBackend::Postgres => full,
        _ => full.to_lowercase(),
    }
}

fn note(
    known: &mut HashMap<String, Reach>,
    key: &str,
    name: &str,
    reached: Option<HashSet<TableKey>>,
) {
    let own = TableKey::new(name);
    if matches!(&reached, Some(tables) if tables.len() == 1 && tables.contains(&own)) {
        return;
    }
    let before = known.remove(key);
    let reach = match (reached, before) {
        (None, _) | (_, Some(Reach::Any)) => Reach::Any,
        (Some(tables), None) => Reach::Tables(tables.into_iter().collect()),
        (Some(mut tables), Some(Reach::Tables(before))) => {
            tables.extend(before);
            Reach::Tables(tables.into_iter().collect())
        }
    };
    known.insert(key.to_owned(), reach);
}

fn reached<'t>(
    known: &HashMap<String, Reach>,
    backend: DbBackend,
    tables: impl Iterator<Item = &'t Table>,
) -> Arc<[TableKey]> {
    if known.is_empty() {
        return tables.map(|table| TableKey::new(&table.name)).collect();
    }
    let mut reached = Vec::new();
    for table in tables {
        match known.get(&backend_name(backend, table.schema.as_deref(), &table.name)) {
            None => reached.push(TableKey::new(&table.name)),
            Some(Reach::Tables(tables)) => reached.extend(tables),
            Some(Reach::Any) => return Arc::default(),
        }
    }
    reached.into()
}

/// What one catalogue says, by number.
#[derive(Default)]
struct Family<'f> {
    places: HashMap<&'f FullName, usize>,
    members: Vec<(&'f FullName, bool)>,
    /// A partition and its parent are one table: each leads to another one of them, one to itself.
    elders: Vec<usize>,
    read: HashMap<usize, Vec<usize>>,
    /// Reads go through a function of the user's.
    calls: HashSet<usize>,
    /// Writes do.
    fires: HashSet<usize>,
    cascades: HashMap<usize, Vec<usize>>,
}

impl<'f> Family<'f> {
    fn of(facts: &'f [Fact]) -> Self {
        let mut family = Self::default();
        for fact in facts {
            family.add(fact);
        }
        // What is true of a partition is of its parent.
        let eldest = |member: &usize| family.elder(*member);
        let fires = family.fires.iter().map(eldest).collect();
        let mut cascades: HashMap<usize, Vec<usize>> = HashMap::new();
        for (member, others) in &family.cascades {
            let others = others.iter().map(eldest);
            cascades
                .entry(family.elder(*member))
                .or_default()
                .extend(others);
        }
        Self {
            fires,
            cascades,
            ..family
        }
    }

    fn add(&mut self, fact: &'f Fact) {
        let relation = self.place(&fact.relation);
        self.members[relation].1 |= fact.is_visible;
        match &fact.what {
            What::Holds(other) | What::HeldBy(other) => {
                let (one, other) = (self.elder(relation), self.place(other));
                let other = self.elder(other);
                self.elders[other] = one;
            }
            What::Reads(other) => {
                let other = self.place(other);
                self.read.entry(relation).or_default().push(other);
            }
            What::Calls(function) if &*function.schema != "pg_catalog" => {
                self.calls.insert(relation);
            }
            What::IsQuery {
                is_plain: false, ..
            }
            | What::IsUnseen => {
                self.calls.insert(relation);
            }
            What::Fires => {
                self.fires.insert(relation);
            }
            What::Cascades(other) => {
                let other = self.place(other);
                self.cascades.entry(relation).or_default().push(other);
            }
            What::Calls(_)
            | What::Kept(_)
            | What::Locks
            | What::IsQuery { .. }
            | What::IsVirtual(_) => {}
        }
    }

    fn place(&mut self, name: &'f FullName) -> usize {
        let next = self.members.len();
        let place = *self.places.entry(name).or_insert(next);
        if place == next {
            self.members.push((name, false));
            self.elders.push(place);
        }
        place
    }

    fn elder(&self, mut member: usize) -> usize {
        while self.elders[member] != member {
            member = self.elders[member];
        }
        member
    }

    /// The tables behind a relation, each as its eldest; `None` if a function of the user's reads more.
    fn read(&self, member: usize) -> Option<HashSet<TableKey>> {
        let (tables, calls) = self.behind(member);
        (!calls).then(|| self.keys(&tables))
    }

    fn behind(&self, member: usize) -> (HashSet<usize>, bool) {
        let mut calls = false;
        let mut seen = HashSet::from([member]);
        let mut next = vec![member];
        let mut tables = HashSet::new();
        while let Some(member) = next.pop() {
            tables.insert(self.elder(member));
            calls |= self.calls.contains(&member);
            let read = self.read.get(&member).into_iter().flatten();
            next.extend(read.copied().filter(|other| seen.insert(*other)));
        }
        (tables, calls)
    }

    /// Those that a write of it changes, in the end; `None` if a trigger or rule may change more.
    fn written(&self, member: usize) -> Option<HashSet<TableKey>> {
        let (mut tables, _) = self.behind(member);
        let mut next: Vec<_> = tables.iter().copied().collect();
        while let Some(table) = next.pop() {
            if self.fires.contains(&table) {
                return None;
            }
            let others = self.cascades.get(&table).into_iter().flatten();
            next.extend(others.copied().filter(|other| tables.insert(*other)));
        }
        Some(self.keys(&tables))
    }

    fn keys(&self, members: &HashSet<usize>) -> HashSet<TableKey> {
        let names = members.iter().map(|member| self.members[*member].0);
        names.map(|name| TableKey::new(&name.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Usage;

    fn fact(relation: &str, what: What) -> Fact {
        Fact {
            relation: FullName::new("public", relation),
            is_visible: true,
            what,
        }
    }

    fn name(name: &str) -> FullName {
        FullName::new("public", name)
    }

    fn table(schema: Option<&str>, name: &str) -> Table {
        Table {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            usage: Usage::Read,
        }
    }

    fn keys(names: &[&str]) -> HashSet<TableKey> {
        names.iter().map(|name| TableKey::new(name)).collect()
    }

    #[test]
    fn partitions_are_one_table_and_views_are_theirs() {
        let mut hidden = fact("cake", What::Fires);
        hidden.relation = FullName::new("hidden", "cake");
        hidden.is_visible = false;
        let facts = [
            fact("event", What::Holds(name("event_1"))),
            fact("event_1", What::Holds(name("event_1_1"))),
            fact("event_1_1", What::HeldBy(name("event_1"))),
            fact("events", What::Reads(name("event_1_1"))),
            fact("loop", What::Reads(name("pool"))),
            fact("pool", What::Reads(name("loop"))),
            fact("slow", What::Calls(FullName::new("app", "f"))),
            fact("cake", What::Cascades(name("slice"))),
            fact("slice", What::Cascades(name("event_1"))),
            fact("plate", What::Fires),
            fact("plates", What::Reads(name("plate"))),
            hidden,
        ];
        let mut kinship = Kinship::default();
        kinship.add(DbBackend::Postgres, &facts);
        let read = |schema, name| {
            let table = table(schema, name);
            let keys = kinship.read(DbBackend::Postgres, [&table].into_iter());
            keys.iter().copied().collect::<HashSet<_>>()
        };
        let written = |schema, name| {
            let table = table(schema, name);
            let keys = kinship.written(DbBackend::Postgres, [&table].into_iter());
            keys.iter().copied().collect::<HashSet<_>>()
        };
        for name in ["event", "event_1", "event_1_1"] {
            assert_eq!(read(None, name), keys(&["event"]), "{name}");
            assert_eq!(written(None, name), keys(&["event"]), "{name}");
        }
        assert_eq!(read(None, "events"), keys(&["events", "event"]));
        assert_eq!(read(Some("public"), "events"), keys(&["events", "event"]));
        assert_eq!(read(None, "loop"), keys(&["loop", "pool"]));
        assert_eq!(read(None, "slow"), keys(&[]), "any");
        assert_eq!(read(None, "cake"), keys(&["cake"]));
        assert_eq!(written(None, "cake"), keys(&["cake", "slice", "event"]));
        assert_eq!(written(None, "plates"), keys(&[]), "any");
        assert_eq!(written(Some("hidden"), "cake"), keys(&[]), "any");
        assert_eq!(written(Some("other"), "cake"), keys(&["cake"]));
    }
}
