use sea_orm::DbBackend;

use super::{Fit, NamePattern, OwnSchemas, Rank};
use crate::{
    classify::{Table, Usage, is_temporary_schema},
    names::BindName,
};

/// A table, or tables, that a bind claims: an entity's, or an entry of `tables`.
#[derive(Debug)]
pub(crate) struct TablePattern {
    schema: Option<NamePattern>,
    name: NamePattern,
}

impl TablePattern {
    /// An entity's table.
    pub(crate) fn of_entity(schema: Option<&str>, table: &str) -> Self {
        Self {
            schema: schema.map(NamePattern::name),
            name: NamePattern::name(table),
        }
    }

    /// An entry of `tables`: `report`, `app.report`, `legacy_*`, `app.*`.
    pub(crate) fn of_entry(entry: &str) -> Self {
        let (schema, name) = match entry.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, entry),
        };
        Self {
            schema: schema.map(NamePattern::new),
            name: NamePattern::new(name),
        }
    }

    pub(crate) fn has_schema(&self) -> bool {
        self.schema.is_some()
    }

    pub(crate) fn is_exact(&self) -> bool {
        !self.name.is_pattern() && !self.schema.as_ref().is_some_and(NamePattern::is_pattern)
    }

    /// Whether every name is one of its, if only in its schema.
    pub(crate) fn takes_all(&self) -> bool {
        self.name.takes_all()
    }

    /// Whether a table is one of those that a bind claims so. One that is claimed without a schema lives in the bind's
    /// own, which SQL may spell out; one with a schema may be meant by SQL without it.
    pub(crate) fn fit(
        &self,
        backend: DbBackend,
        table: &Table,
        bind: &BindName,
        schemas: &OwnSchemas,
    ) -> Fit {
        if !self.name.matches(backend, &table.name) {
            return Fit::Other;
        }
        match (&self.schema, table.schema.as_deref()) {
            (None, None) => Fit::Same,
            (Some(claimed), Some(named)) if claimed.matches(backend, named) => Fit::Same,
            (Some(_), Some(_)) => Fit::Other,
            (Some(claimed), None) if schemas.match_one(backend, bind, claimed) => Fit::Same,
            (None, Some(schema)) if is_temporary_schema(backend, schema) => Fit::Other,
            (None, Some(schema)) if schemas.has(backend, bind, schema) => Fit::Same,
            (None, Some(schema)) if schemas.are_defaults(backend, schema) => Fit::Other,
            // What takes every name is meant for all that nobody else claims.
            (None, Some(_)) if self.takes_all() => Fit::Same,
            (Some(_), None) if self.takes_all() => Fit::Other,
            _ => Fit::Unclear,
        }
    }

    pub(crate) fn rank(&self, backend: DbBackend, table: &Table) -> Rank {
        Rank {
            is_pattern: !self.is_exact(),
            is_folded: !self.name.is_spelt(backend, &table.name),
            is_by_schema: self.schema.is_some() != table.schema.is_some(),
        }
    }

    /// The table that it names, if it is one.
    pub(crate) fn table(&self) -> Option<Table> {
        self.is_exact().then(|| Table {
            schema: self
                .schema
                .as_ref()
                .map(|schema| schema.written().to_owned()),
            name: self.name.written().to_owned(),
            usage: Usage::Read,
        })
    }
}
