use std::collections::{HashMap, HashSet};

use super::facts::{Fact, FullName, What};
use crate::session::TableKey;

/// Which tables a read or write of a relation touches, beside or instead of itself.
///
/// By name alone, over all schemas and binds, as the session's memory knows tables.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    read: HashMap<TableKey, Reach>,
    written: HashMap<TableKey, Reach>,
}

#[derive(Debug)]
enum Reach {
    Tables(Box<[TableKey]>),
    /// Nobody knows: a function or trigger of the user's has its say.
    Any,
}

impl Kinship {
    pub(super) fn of<'f>(facts: impl Iterator<Item = &'f Fact>) -> Self {
        let family = Family::of(facts);
        let mut kinship = Self::default();
        for table in family.all() {
            note(&mut kinship.read, table, family.read(table));
            note(&mut kinship.written, table, family.written(table));
        }
        kinship
    }

    /// What the reads depend on; none where that may be any.
    pub(super) fn read(&self, tables: impl Iterator<Item = TableKey>) -> Vec<TableKey> {
        reached(&self.read, tables)
    }

    /// What the writes change; none where that may be any.
    pub(super) fn written(&self, tables: impl Iterator<Item = TableKey>) -> Vec<TableKey> {
        reached(&self.written, tables)
    }
}

fn note(known: &mut HashMap<TableKey, Reach>, table: TableKey, reached: Option<HashSet<TableKey>>) {
    let reach = match reached {
        Some(tables) if tables.len() == 1 && tables.contains(&table) => return,
        Some(tables) => Reach::Tables(tables.into_iter().collect()),
        None => Reach::Any,
    };
    known.insert(table, reach);
}

fn reached(
    known: &HashMap<TableKey, Reach>,
    tables: impl Iterator<Item = TableKey>,
) -> Vec<TableKey> {
    let mut reached = Vec::new();
    for table in tables {
        match known.get(&table) {
            None => reached.push(table),
            Some(Reach::Tables(tables)) => reached.extend(tables),
            Some(Reach::Any) => return Vec::new(),
        }
    }
    reached
}

/// What the catalogues say, by number.
#[derive(Default)]
struct Family {
    /// A partition and its parent are one table: each leads to another one of them, one to itself.
    elders: HashMap<TableKey, TableKey>,
    read: HashMap<TableKey, Vec<TableKey>>,
    /// Reads go through a function of the user's.
    calls: HashSet<TableKey>,
    /// Writes do.
    fires: HashSet<TableKey>,
    cascades: HashMap<TableKey, Vec<TableKey>>,
}

impl Family {
    fn of<'f>(facts: impl Iterator<Item = &'f Fact>) -> Self {
        let mut family = Self::default();
        let mut fires = Vec::new();
        let mut cascades = Vec::new();
        for fact in facts {
            let table = key(&fact.relation);
            match &fact.what {
                What::Holds(other) => family.join(table, key(other)),
                What::Reads(other) => family.read.entry(table).or_default().push(key(other)),
                What::Calls(function) if &*function.schema != "pg_catalog" => {
                    family.calls.insert(table);
                }
                What::IsQuery {
                    is_plain: false, ..
                }
                | What::IsUnseen => {
                    family.calls.insert(table);
                }
                What::Fires => fires.push(table),
                What::Cascades(other) => cascades.push((table, key(other))),
                What::Calls(_) | What::Kept(_) | What::IsQuery { .. } | What::IsVirtual(_) => {}
            }
        }
        family.fires = fires.into_iter().map(|table| family.elder(table)).collect();
        for (table, other) in cascades {
            let (table, other) = (family.elder(table), family.elder(other));
            family.cascades.entry(table).or_default().push(other);
        }
        family
    }

    fn elder(&self, mut table: TableKey) -> TableKey {
        while let Some(next) = self.elders.get(&table).filter(|next| **next != table) {
            table = *next;
        }
        table
    }

    fn join(&mut self, one: TableKey, other: TableKey) {
        let (one, other) = (self.elder(one), self.elder(other));
        self.elders.insert(other, one);
        self.elders.insert(one, one);
    }

    fn all(&self) -> HashSet<TableKey> {
        let firing = self.fires.iter().chain(&self.calls);
        let reading = self.read.keys().chain(self.cascades.keys());
        self.elders
            .keys()
            .chain(reading)
            .chain(firing)
            .copied()
            .collect()
    }

    /// The tables behind a relation, each as its eldest; `None` if a function of the user's reads more.
    fn read(&self, table: TableKey) -> Option<HashSet<TableKey>> {
        let (tables, calls) = self.behind(table);
        (!calls).then_some(tables)
    }

    fn behind(&self, table: TableKey) -> (HashSet<TableKey>, bool) {
        let mut calls = false;
        let mut seen = HashSet::from([table]);
        let mut next = vec![table];
        let mut tables = HashSet::new();
        while let Some(table) = next.pop() {
            tables.insert(self.elder(table));
            calls |= self.calls.contains(&table);
            let read = self.read.get(&table).into_iter().flatten();
            next.extend(read.copied().filter(|other| seen.insert(*other)));
        }
        (tables, calls)
    }

    /// Those that a write of it changes, in the end; `None` if a trigger or rule may change more.
    fn written(&self, table: TableKey) -> Option<HashSet<TableKey>> {
        let (mut tables, _) = self.behind(table);
        let mut next: Vec<_> = tables.iter().copied().collect();
        while let Some(table) = next.pop() {
            if self.fires.contains(&table) {
                return None;
            }
            let others = self.cascades.get(&table).into_iter().flatten();
            next.extend(others.copied().filter(|other| tables.insert(*other)));
        }
        Some(tables)
    }
}

fn key(name: &FullName) -> TableKey {
    TableKey::new(&name.name)
}
