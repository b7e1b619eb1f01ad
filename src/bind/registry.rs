use std::{any::TypeId, collections::HashMap};

use sea_orm::DbBackend;
use wildmatch::WildMatch;

use super::{BindReason, Registration, Target};
use crate::{
    classify::Table,
    config::DEFAULT_BIND,
    error::RoutingError,
    names::{BindName, NodeName},
};

/// Finds the bind of an entity or of a statement's tables.
#[derive(Debug)]
pub(crate) struct Registry {
    default: BindName,
    entities: HashMap<TypeId, Target>,
    /// By table name in lower case: PostgreSQL compares exactly, the others as they can.
    tables: HashMap<String, Vec<Keyed>>,
    listed: Vec<Listed>,
}

#[derive(Debug)]
struct Keyed {
    schema: Option<String>,
    table: &'static str,
    entity: &'static str,
    target: Target,
}

#[derive(Debug)]
struct Listed {
    bind: BindName,
    pattern: String,
    /// As PostgreSQL compares, and as the others may.
    exact: WildMatch,
    folded: WildMatch,
}

/// Collects what the registry knows.
#[derive(Debug)]
pub(crate) struct RegistryBuilder(Registry);

impl RegistryBuilder {
    pub(crate) fn new() -> Self {
        Self(Registry {
            default: DEFAULT_BIND.into(),
            entities: HashMap::new(),
            tables: HashMap::new(),
            listed: Vec::new(),
        })
    }

    /// Adds an entity whose key was found to mean `bind` or its node `pin`.
    pub(crate) fn entity(
        mut self,
        entity: &Registration,
        bind: BindName,
        pin: Option<NodeName>,
    ) -> Self {
        let target = Target {
            bind,
            pin,
            reason: BindReason::Key {
                table: entity.table().to_owned(),
                key: entity.key().to_owned(),
            },
        };
        if self
            .0
            .entities
            .insert(entity.entity(), target.clone())
            .is_some()
        {
            return self;
        }
        let keyed = Keyed {
            schema: entity.schema(),
            table: entity.table(),
            entity: entity.name(),
            target,
        };
        let name = entity.table().to_lowercase();
        self.0.tables.entry(name).or_default().push(keyed);
        self
    }

    /// Adds an entry of a bind's `tables`.
    pub(crate) fn listed(mut self, bind: BindName, pattern: String) -> Self {
        self.0.listed.push(Listed {
            bind,
            exact: WildMatch::new(&pattern),
            folded: WildMatch::new_case_insensitive(&pattern),
            pattern,
        });
        self
    }

    pub(crate) fn build(self) -> Registry {
        self.0
    }
}

impl Registry {
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
        for table in tables.iter().filter(|table| !table.is_catalogue()) {
            let target = self.table(backend, table)?;
            found = Some(match found {
                None => (table, target),
                Some(first) => agree(first, (table, target))?,
            });
        }
        Ok(found.map_or_else(|| self.nowhere(), |(_, target)| target))
    }

    fn table(&self, backend: DbBackend, table: &Table) -> Result<Target, RoutingError> {
        if let Some(target) = self.keyed(backend, table)? {
            return Ok(target);
        }
        Ok(self
            .listed(table, Some(backend))?
            .unwrap_or_else(|| self.fallback()))
    }

    fn keyed(&self, backend: DbBackend, table: &Table) -> Result<Option<Target>, RoutingError> {
        let Some(candidates) = self.tables.get(&table.name.to_lowercase()) else {
            return Ok(None);
        };
        let exact = matching(candidates, |keyed| {
            keyed.table == table.name && same_schema(keyed, table)
        });
        let found = match backend {
            // MySQL (by file system) and SQLite may take `Cake` and `cake` for one table.
            DbBackend::MySql | DbBackend::Sqlite if exact.is_empty() => {
                matching(candidates, |keyed| same_schema(keyed, table))
            }
            _ => exact,
        };
        unique(table, &found)
    }

    fn listed(
        &self,
        table: &Table,
        backend: Option<DbBackend>,
    ) -> Result<Option<Target>, RoutingError> {
        let matches = |entry: &&Listed| entry.matches(table, backend);
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

impl Listed {
    fn is_exact(&self) -> bool {
        !self.pattern.contains(['*', '?'])
    }

    /// An entry with a schema is compared with the table's full name, one without with its last part.
    fn matches(&self, table: &Table, backend: Option<DbBackend>) -> bool {
        let name = match (&table.schema, self.pattern.contains('.')) {
            (Some(schema), true) => format!("{schema}.{}", table.name),
            _ => table.name.clone(),
        };
        match backend {
            Some(DbBackend::Postgres) => self.exact.matches(&name),
            _ => self.folded.matches(&name),
        }
    }

    fn target(&self, table: &Table) -> Target {
        Target {
            bind: self.bind.clone(),
            pin: None,
            reason: BindReason::Listed {
                table: table.to_string(),
                pattern: self.pattern.clone(),
            },
        }
    }
}

fn matching(candidates: &[Keyed], accepts: impl Fn(&Keyed) -> bool) -> Vec<&Keyed> {
    candidates.iter().filter(|keyed| accepts(keyed)).collect()
}

/// An entity without a schema lives in the connection's own, which SQL may spell out.
fn same_schema(keyed: &Keyed, table: &Table) -> bool {
    match (keyed.schema.as_deref(), table.schema.as_deref()) {
        (None, None | Some("public" | "main")) => true,
        (keyed, named) => keyed == named,
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
