use sea_orm::DbBackend;
use wildmatch::WildMatch;

use super::{BindReason, OwnSchemas, Target, kept_name::as_long_as_postgres_matches};
use crate::{classify::Table, names::BindName};

/// An entry of a bind's `tables`.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) bind: BindName,
    pub(super) pattern: String,
    /// As PostgreSQL compares with what it keeps of a name, and as the others may.
    exact: WildMatch,
    folded: WildMatch,
}

impl Listed {
    pub(super) fn new(bind: BindName, pattern: String) -> Self {
        Self {
            bind,
            exact: WildMatch::new(&as_long_as_postgres_matches(&pattern)),
            folded: WildMatch::new_case_insensitive(&pattern),
            pattern,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        !self.pattern.contains(['*', '?'])
    }

    /// An entry with a schema is compared with the table's full name, which without a schema has the bind's own;
    /// an entry without one is compared with the last part.
    pub(super) fn matches(
        &self,
        table: &Table,
        backend: Option<DbBackend>,
        schemas: &OwnSchemas,
    ) -> bool {
        if !self.pattern.contains('.') {
            return self.is(&table.name, backend);
        }
        match &table.schema {
            Some(schema) => self.is(&format!("{schema}.{}", table.name), backend),
            None => schemas
                .of(backend, &self.bind)
                .any(|schema| self.is(&format!("{schema}.{}", table.name), backend)),
        }
    }

    fn is(&self, name: &str, backend: Option<DbBackend>) -> bool {
        match backend {
            Some(DbBackend::Postgres) => self.exact.matches(&as_long_as_postgres_matches(name)),
            _ => self.folded.matches(name),
        }
    }

    /// Whether a table without a schema has the name of an entry that has one.
    pub(super) fn may_match(&self, table: &Table, backend: DbBackend) -> bool {
        let Some((_, name)) = self.pattern.split_once('.') else {
            return false;
        };
        let matches = match backend {
            DbBackend::Postgres => {
                WildMatch::new(&as_long_as_postgres_matches(name)).matches(&table.name)
            }
            _ => WildMatch::new_case_insensitive(name).matches(&table.name),
        };
        table.schema.is_none() && name != "*" && matches
    }

    pub(super) fn target(&self, table: &Table) -> Target {
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
