use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
};

use sea_orm::DbBackend;

use super::{BindReason, Claims, Target, listed::Listed};
use crate::{
    classify::{Table, as_long_as_postgres_takes},
    error::RoutingError,
    names::BindName,
    tables::{Fit, OwnSchemas, Rank, TablePattern, lowercase},
};

/// Finds the bind of an entity or of a statement's tables.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(super) default: BindName,
    pub(super) entities: HashMap<TypeId, Target>,
    /// By table name in lower case: PostgreSQL compares exactly, the others as they can.
    pub(super) tables: HashMap<String, Vec<Keyed>>,
    pub(super) listed: Vec<Listed>,
    pub(super) schemas: OwnSchemas,
    pub(super) groups: HashSet<BindName>,
    pub(super) has_several: bool,
}

#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) pattern: TablePattern,
    pub(super) schema: Option<String>,
    pub(super) table: &'static str,
    pub(super) entity: &'static str,
    pub(super) target: Target,
}

impl Registry {
    /// Whether there are more binds than one.
    pub(crate) fn has_several(&self) -> bool {
        self.has_several
    }

    /// The target of an entity: its own bind key, else its table in binds.yaml, else the default bind.
    pub(crate) fn entity(
        &self,
        entity: TypeId,
        table: &Table,
        backend: Option<DbBackend>,
    ) -> Result<Target, RoutingError> {
        match self.entities.get(&entity) {
            Some(target) => Ok(target.clone()),
            // Of a server that is not known, names are the same as far as any server takes them so.
            None => self.by_entries(table, backend.unwrap_or(DbBackend::MySql)),
        }
    }

    /// The one target that all tables of a statement agree on.
    ///
    /// Tables of the server's own catalogue agree with any. A pinned table pins the others of its bind.
    pub(crate) fn resolve(
        &self,
        backend: DbBackend,
        tables: &[Table],
    ) -> Result<Target, RoutingError> {
        let mut found: Option<(&Table, Target)> = None;
        let says_nothing =
            |table: &&Table| table.is_catalogue(backend) && !self.is_claimed(backend, table);
        for table in tables.iter().filter(|table| !says_nothing(table)) {
            let target = self.table(backend, table)?;
            found = Some(match found {
                None => (table, target),
                Some(first) => agree(first, (table, target))?,
            });
        }
        match found {
            None => Ok(self.nowhere()),
            Some((table, target)) if self.groups.contains(&target.bind) => {
                Err(RoutingError::NoShard {
                    table: table.to_string(),
                    group: target.bind,
                })
            }
            Some((_, target)) => Ok(target),
        }
    }

    /// What are no binds, but groups of them.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &BindName> {
        self.groups.iter()
    }

    /// Whether it is no bind, but a group of them.
    pub(crate) fn is_group(&self, bind: &BindName) -> bool {
        self.groups.contains(bind)
    }

    /// The same, with names that may be no tables': they count where somebody claims a table of that name. What may be a
    /// table never contradicts what is one, so they decide only where no table does.
    pub(crate) fn resolve_with(
        &self,
        backend: DbBackend,
        tables: &[Table],
        perhaps: &[Table],
    ) -> Result<Target, RoutingError> {
        let by_tables = self.resolve(backend, tables)?;
        if by_tables.reason != BindReason::NoTable {
            return Ok(by_tables);
        }
        let claimed: Vec<_> = perhaps
            .iter()
            .filter(|table| self.is_meant(backend, table))
            .cloned()
            .collect();
        self.resolve(backend, &claimed)
    }

    /// Whether somebody claims a name that may be a table's, or may do so. On PostgreSQL it may as well be that of a type,
    /// and who takes every name says nothing of it.
    fn is_meant(&self, backend: DbBackend, table: &Table) -> bool {
        let alone = self.resolve(backend, std::slice::from_ref(table));
        alone.map_or(true, |target| match &target.reason {
            BindReason::Default | BindReason::NoTable => false,
            BindReason::Listed { pattern, .. } => {
                backend != DbBackend::Postgres || !TablePattern::of_entry(pattern).takes_all()
            }
            _ => true,
        })
    }

    /// What the tables say, and the names that may be tables', whatever the bind of all others is.
    pub(crate) fn claims(&self, backend: DbBackend, tables: &[Table], perhaps: &[Table]) -> Claims {
        let mut claims = Claims::none();
        claims.claimed = self.claimed(backend, tables, perhaps, &mut claims);
        claims.is_group = match &claims.claimed {
            Ok(Some((_, target))) => self.is_group(&target.bind),
            _ => false,
        };
        claims
    }

    fn claimed(
        &self,
        backend: DbBackend,
        tables: &[Table],
        perhaps: &[Table],
        claims: &mut Claims,
    ) -> Result<Option<(String, Target)>, RoutingError> {
        let mut found: Option<(&Table, Target)> = None;
        let says_something =
            |table: &&Table| !table.is_catalogue(backend) || self.is_claimed(backend, table);
        let mut sure = tables.iter().filter(says_something).peekable();
        let meant = match sure.peek() {
            Some(_) => &[],
            None => perhaps,
        };
        let meant = meant.iter().filter(|table| self.is_meant(backend, table));
        for table in sure.chain(meant) {
            let target = self.table(backend, table)?;
            if target.reason != BindReason::Default {
                found = Some(match found {
                    None => (table, target),
                    Some(first) => agree(first, (table, target))?,
                });
            } else {
                claims.unclaimed.get_or_insert_with(|| table.to_string());
                let doubt = || self.doubt(backend, table).map(Box::new);
                claims.doubt = claims.doubt.take().or_else(doubt);
            }
        }
        Ok(found.map(|(table, target)| (table.to_string(), target)))
    }

    /// Whether an entity or an entry of `tables` names this very table, though it looks like the server's own.
    fn is_claimed(&self, backend: DbBackend, table: &Table) -> bool {
        // MariaDB's sequences are made as they are named, unless there is a table of that name.
        let may_be_claimed = |pattern: &TablePattern| match table.schema {
            None => backend == DbBackend::MySql && pattern.is_exact(),
            Some(_) => pattern.has_schema(),
        };
        let is_it = |pattern: &TablePattern, bind: &BindName| {
            may_be_claimed(pattern) && self.fit(backend, pattern, table, bind) == Fit::Same
        };
        let mut keyed = self.candidates(table);
        keyed.any(|keyed| is_it(&keyed.pattern, &keyed.target.bind))
            || self
                .listed
                .iter()
                .any(|entry| is_it(&entry.pattern, &entry.bind))
    }

    /// A name that nobody claims is on the default bind; one that is claimed under another schema only is in doubt.
    fn table(&self, backend: DbBackend, table: &Table) -> Result<Target, RoutingError> {
        let keyed = self.candidates(table).map(|keyed| {
            let fit = self.fit(backend, &keyed.pattern, table, &keyed.target.bind);
            (fit, &keyed.pattern, keyed)
        });
        let keyed = nearest(backend, table, keyed);
        let entries = || nearest(backend, table, self.entries(backend, table));
        match keyed {
            Some((rank, keyed)) if rank.is_spelt() => unique(table, &keyed),
            // MySQL has `Report` beside `report`: who claims the name as it is spelt comes first.
            Some((_, keyed)) => match entries() {
                Some((rank, entries)) if rank.is_spelt() => one_of(table, &entries),
                _ => unique(table, &keyed),
            },
            None => match entries() {
                Some((_, entries)) => one_of(table, &entries),
                None => self.unless_in_doubt(table, self.doubts(backend, table)),
            },
        }
    }

    /// The same by the entries of `tables` alone.
    fn by_entries(&self, table: &Table, backend: DbBackend) -> Result<Target, RoutingError> {
        match nearest(backend, table, self.entries(backend, table)) {
            Some((_, entries)) => one_of(table, &entries),
            None => self.unless_in_doubt(table, self.doubts_by_entries(backend, table)),
        }
    }

    /// Where it is the default bind's, that has it, whichever of the two is meant.
    fn unless_in_doubt(
        &self,
        table: &Table,
        mut doubts: impl Iterator<Item = Doubt>,
    ) -> Result<Target, RoutingError> {
        let is_default = |doubt: &Doubt| self.default.as_str() == doubt.key;
        match doubts.find(|doubt| !is_default(doubt)) {
            None => Ok(self.fallback()),
            Some(doubt) => Err(doubt.of(table)),
        }
    }

    /// Why a table that has the name of one with a key may be another one, where that is not known.
    fn doubt(&self, backend: DbBackend, table: &Table) -> Option<RoutingError> {
        Some(self.doubts(backend, table).next()?.of(table))
    }

    fn doubts<'r>(
        &'r self,
        backend: DbBackend,
        table: &'r Table,
    ) -> impl Iterator<Item = Doubt> + 'r {
        let is_unclear = move |keyed: &&Keyed| {
            self.fit(backend, &keyed.pattern, table, &keyed.target.bind) == Fit::Unclear
        };
        let of_entities = self.candidates(table).filter(is_unclear);
        of_entities
            .map(|keyed| Doubt {
                other: match &keyed.schema {
                    Some(schema) => format!("{schema}.{}", keyed.table),
                    None => keyed.table.to_owned(),
                },
                key: keyed.target.key(),
            })
            .chain(self.doubts_by_entries(backend, table))
    }

    fn doubts_by_entries<'r>(
        &'r self,
        backend: DbBackend,
        table: &'r Table,
    ) -> impl Iterator<Item = Doubt> + 'r {
        let is_unclear = |(fit, _, _): &(Fit, &TablePattern, &Listed)| *fit == Fit::Unclear;
        let unclear = self.entries(backend, table).filter(is_unclear);
        unclear.map(|(_, _, entry)| Doubt {
            other: entry.entry.clone(),
            key: entry.bind.to_string(),
        })
    }

    /// The entities whose table may have this name.
    fn candidates(&self, table: &Table) -> impl Iterator<Item = &Keyed> {
        let kept = as_long_as_postgres_takes(&table.name);
        self.tables.get(&*lowercase(kept)).into_iter().flatten()
    }

    /// Each entry of `tables`, and how a table fits it.
    fn entries<'r>(
        &'r self,
        backend: DbBackend,
        table: &'r Table,
    ) -> impl Iterator<Item = (Fit, &'r TablePattern, &'r Listed)> + 'r {
        self.listed.iter().map(move |entry| {
            let fit = self.fit(backend, &entry.pattern, table, &entry.bind);
            (fit, &entry.pattern, entry)
        })
    }

    fn fit(
        &self,
        backend: DbBackend,
        pattern: &TablePattern,
        table: &Table,
        bind: &BindName,
    ) -> Fit {
        pattern.fit(backend, table, bind, &self.schemas)
    }

    fn fallback(&self) -> Target {
        Target {
            bind: self.default.clone(),
            pin: None,
            reason: BindReason::Default,
        }
    }

    fn nowhere(&self) -> Target {
        Target {
            reason: BindReason::NoTable,
            ..self.fallback()
        }
    }
}

/// Those that claim the table in the way that is nearest to its name.
fn nearest<'r, C>(
    backend: DbBackend,
    table: &Table,
    claims: impl Iterator<Item = (Fit, &'r TablePattern, C)>,
) -> Option<(Rank, Vec<C>)> {
    let mut nearest: Option<(Rank, Vec<C>)> = None;
    for (_, pattern, claim) in claims.filter(|(fit, _, _)| *fit == Fit::Same) {
        let rank = pattern.rank(backend, table);
        match &mut nearest {
            Some((least, claims)) if *least == rank => claims.push(claim),
            Some((least, _)) if *least < rank => {}
            _ => nearest = Some((rank, vec![claim])),
        }
    }
    nearest
}

/// A table with a key, or an entry, that may be meant.
struct Doubt {
    other: String,
    key: String,
}

impl Doubt {
    fn of(self, table: &Table) -> RoutingError {
        RoutingError::UnclearSchema {
            table: table.to_string(),
            other: self.other,
            key: self.key,
        }
    }
}

/// The one bind of entries of `tables`.
fn one_of(table: &Table, entries: &[&Listed]) -> Result<Target, RoutingError> {
    let mut binds: Vec<_> = entries.iter().map(|entry| &entry.bind).collect();
    binds.dedup();
    match (entries, &binds[..]) {
        ([entry, ..], [_]) => Ok(entry.target(table)),
        _ => Err(RoutingError::AmbiguousTable {
            table: table.to_string(),
            keys: binds.into_iter().map(BindName::to_string).collect(),
        }),
    }
}

/// The one target of entities.
fn unique(table: &Table, keyed: &[&Keyed]) -> Result<Target, RoutingError> {
    match keyed {
        [first, others @ ..]
            if others
                .iter()
                .all(|other| other.target.key() == first.target.key()) =>
        {
            Ok(first.target.clone())
        }
        _ => Err(RoutingError::AmbiguousTable {
            table: table.to_string(),
            keys: keyed
                .iter()
                .map(|keyed| format!("{} ({})", keyed.target.key(), keyed.entity))
                .collect(),
        }),
    }
}

fn agree<'t>(
    (first, one): (&'t Table, Target),
    (second, other): (&'t Table, Target),
) -> Result<(&'t Table, Target), RoutingError> {
    let compatible = one.bind == other.bind
        && (one.pin == other.pin || one.pin.is_none() || other.pin.is_none());
    if !compatible {
        return Err(RoutingError::TwoBinds {
            first_table: first.to_string(),
            first_bind: one.key(),
            second_table: second.to_string(),
            second_bind: other.key(),
        });
    }
    match one.pin {
        None if other.pin.is_some() => Ok((second, other)),
        _ => Ok((first, one)),
    }
}
