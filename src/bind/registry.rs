use std::{
    any::TypeId,
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use sea_orm::DbBackend;

use super::{BindReason, Claims, OwnSchemas, Target, kept_name::is_one_name, listed::Listed};
use crate::{
    classify::{Table, as_long_as_postgres_takes},
    error::RoutingError,
    names::BindName,
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
            None => Ok(self
                .listed(table, backend)?
                .unwrap_or_else(|| self.fallback())),
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

    /// The same, with names that may be no tables': they count where somebody claims a table of that name.
    pub(crate) fn resolve_with(
        &self,
        backend: DbBackend,
        tables: &[Table],
        perhaps: &[Table],
    ) -> Result<Target, RoutingError> {
        // One that is in doubt is claimed by somebody, too.
        let is_claimed = |table: &&Table| {
            let alone = self.resolve(backend, std::slice::from_ref(*table));
            alone.map_or(true, |target| {
                !matches!(target.reason, BindReason::Default | BindReason::NoTable)
            })
        };
        let claimed: Vec<_> = perhaps.iter().filter(is_claimed).collect();
        match claimed.is_empty() {
            true => self.resolve(backend, tables),
            false => {
                let all: Vec<_> = tables.iter().chain(claimed).cloned().collect();
                self.resolve(backend, &all)
            }
        }
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
        let says_nothing =
            |table: &&Table| table.is_catalogue(backend) && !self.is_claimed(backend, table);
        let sure = tables.iter().filter(|table| !says_nothing(table));
        for (table, is_sure) in sure
            .map(|table| (table, true))
            .chain(perhaps.iter().map(|table| (table, false)))
        {
            if !is_sure && says_nothing(&table) {
                continue;
            }
            let target = self.table(backend, table)?;
            if target.reason != BindReason::Default {
                found = Some(match found {
                    None => (table, target),
                    Some(first) => agree(first, (table, target))?,
                });
            } else if is_sure {
                claims.unclaimed.get_or_insert_with(|| table.to_string());
                let doubt = || self.doubt(backend, table).map(Box::new);
                claims.doubt = claims.doubt.take().or_else(doubt);
            }
        }
        Ok(found.map(|(table, target)| (table.to_string(), target)))
    }

    /// Whether an entity or an entry of `tables` names this very table, though it looks like the server's own.
    fn is_claimed(&self, backend: DbBackend, table: &Table) -> bool {
        if table.schema.is_none() {
            // MariaDB's sequences are made as they are named, unless there is a table of that name.
            return backend == DbBackend::MySql
                && (self
                    .candidates(backend, table)
                    .iter()
                    .any(|keyed| self.fit(backend, keyed, table) == Fit::Same)
                    || self.listed.iter().any(|entry| {
                        entry.is_exact() && entry.matches(table, Some(backend), &self.schemas)
                    }));
        }
        self.candidates(backend, table)
            .iter()
            .any(|keyed| keyed.schema.is_some() && self.fit(backend, keyed, table) == Fit::Same)
            || self.listed.iter().any(|entry| {
                entry.pattern.contains('.') && entry.matches(table, Some(backend), &self.schemas)
            })
    }

    /// A name that nobody claims is on the default bind; one that is claimed under another schema only is in doubt.
    fn table(&self, backend: DbBackend, table: &Table) -> Result<Target, RoutingError> {
        let candidates = self.candidates(backend, table);
        let fits = |fit| {
            let fits = |keyed: &&Keyed| self.fit(backend, keyed, table) == fit;
            candidates.iter().copied().filter(fits).collect::<Vec<_>>()
        };
        if let Some(target) = unique(table, &fits(Fit::Same))? {
            return Ok(target);
        }
        if let Some(target) = self.listed(table, Some(backend))? {
            return Ok(target);
        }
        // Where it is the default bind's, that has it, whichever of the two is meant.
        let is_default = |doubt: &Doubt| self.default.as_str() == doubt.key;
        match self.doubts(backend, table).find(|doubt| !is_default(doubt)) {
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
        let is_unclear = move |keyed: &&Keyed| self.fit(backend, keyed, table) == Fit::Unclear;
        let candidates = self.candidates(backend, table).into_iter();
        let of_entities = candidates.filter(is_unclear).map(|keyed| Doubt {
            other: match &keyed.schema {
                Some(schema) => format!("{schema}.{}", keyed.table),
                None => keyed.table.to_owned(),
            },
            key: keyed.target.key(),
        });
        let may_match = move |entry: &&Listed| entry.may_match(table, backend);
        let of_entries = self.listed.iter().filter(may_match).map(|entry| Doubt {
            other: entry.pattern.clone(),
            key: entry.bind.to_string(),
        });
        of_entities.chain(of_entries)
    }

    /// The entities whose table has this name, as far as the server tells names apart.
    fn candidates(&self, backend: DbBackend, table: &Table) -> Vec<&Keyed> {
        let kept = as_long_as_postgres_takes(&table.name);
        let Some(candidates) = self.tables.get(&*lowercase(kept)) else {
            return Vec::new();
        };
        if backend == DbBackend::Postgres {
            return matching(candidates, |keyed| {
                as_long_as_postgres_takes(keyed.table) == kept
            });
        }
        let exact = matching(candidates, |keyed| keyed.table == table.name);
        match exact.is_empty() {
            // MySQL (by file system) and SQLite may take `Cake` and `cake` for one table.
            true => matching(candidates, |keyed| {
                keyed.table.to_lowercase() == table.name.to_lowercase()
            }),
            false => exact,
        }
    }

    /// Whether a table of an entity's name is the entity's own. An entity without a schema lives in the
    /// connection's own, which SQL may spell out; one with a schema may be meant by SQL without it.
    fn fit(&self, backend: DbBackend, keyed: &Keyed, table: &Table) -> Fit {
        match (keyed.schema.as_deref(), table.schema.as_deref()) {
            (None, None) => Fit::Same,
            (Some(keyed), Some(named)) => match is_one_name(backend, keyed, named) {
                true => Fit::Same,
                false => Fit::Other,
            },
            (None, Some(schema)) if is_temporary(backend, schema) => Fit::Other,
            (None, Some(schema)) | (Some(schema), None)
                if self.schemas.has(backend, &keyed.target.bind, schema) =>
            {
                Fit::Same
            }
            (None, Some(schema)) if self.schemas.says(backend, &self.default, schema) => Fit::Other,
            _ => Fit::Unclear,
        }
    }

    fn listed(
        &self,
        table: &Table,
        backend: Option<DbBackend>,
    ) -> Result<Option<Target>, RoutingError> {
        let matches = |entry: &&Listed| entry.matches(table, backend, &self.schemas);
        let exact = self
            .listed
            .iter()
            .filter(|entry| entry.is_exact())
            .find(matches);
        let mut found = match exact {
            Some(entry) => vec![entry],
            None => self.listed.iter().filter(matches).collect(),
        };
        found.dedup_by(|a, b| a.bind == b.bind);
        match found[..] {
            [] => Ok(None),
            [entry] => Ok(Some(entry.target(table))),
            _ => Err(RoutingError::AmbiguousTable {
                table: table.to_string(),
                keys: found.iter().map(|entry| entry.bind.to_string()).collect(),
            }),
        }
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

fn matching(candidates: &[Keyed], accepts: impl Fn(&Keyed) -> bool) -> Vec<&Keyed> {
    candidates.iter().filter(|keyed| accepts(keyed)).collect()
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

/// How a table that a statement names fits an entity's table of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    Other,
    /// One of the two has a schema, and nobody said that it is the connection's own.
    Unclear,
}

/// The schema of tables that a connection keeps for itself.
fn is_temporary(backend: DbBackend, schema: &str) -> bool {
    match backend {
        DbBackend::Postgres => schema.starts_with("pg_temp"),
        DbBackend::Sqlite => schema.eq_ignore_ascii_case("temp"),
        _ => false,
    }
}

fn unique(table: &Table, found: &[&Keyed]) -> Result<Option<Target>, RoutingError> {
    let Some(first) = found.first() else {
        return Ok(None);
    };
    if found
        .iter()
        .all(|keyed| keyed.target.key() == first.target.key())
    {
        return Ok(Some(first.target.clone()));
    }
    Err(RoutingError::AmbiguousTable {
        table: table.to_string(),
        keys: found
            .iter()
            .map(|keyed| format!("{} ({})", keyed.target.key(), keyed.entity))
            .collect(),
    })
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

/// Most names are in lower case as they stand.
fn lowercase(name: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match name.bytes().all(is_lower) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.to_lowercase()),
    }
}
