use std::collections::HashMap;

use sea_orm::DbBackend;

use super::{NamePattern, name_pattern::is_one_name};
use crate::names::BindName;

/// Where the connections of each bind look for tables whose schema SQL leaves out.
#[derive(Debug)]
pub(crate) struct OwnSchemas {
    default: BindName,
    said: HashMap<BindName, Vec<NamePattern>>,
}

impl OwnSchemas {
    /// None yet, where the tables that nobody claims are in this bind.
    pub(crate) fn new(default: BindName) -> Self {
        Self {
            default,
            said: HashMap::new(),
        }
    }

    pub(crate) fn add(&mut self, bind: &BindName, schema: &str) {
        let schemas = self.said.entry(bind.clone()).or_default();
        schemas.push(NamePattern::name(schema));
    }

    /// Whether a schema is a bind's own, by what was said of it or as servers have it by default.
    pub(super) fn has(&self, backend: DbBackend, bind: &BindName, schema: &str) -> bool {
        by_default(backend).is_some_and(|own| is_one_name(backend, own, schema))
            || self.says(backend, bind, schema)
    }

    /// Whether the bind has an own schema of this pattern.
    pub(super) fn match_one(
        &self,
        backend: DbBackend,
        bind: &BindName,
        pattern: &NamePattern,
    ) -> bool {
        let by_default = by_default(backend).into_iter();
        let said = self.said.get(bind).into_iter().flatten();
        by_default
            .chain(said.map(NamePattern::written))
            .any(|own| pattern.matches(backend, own))
    }

    /// Whether it was said to be that of the tables which nobody claims.
    pub(super) fn are_defaults(&self, backend: DbBackend, schema: &str) -> bool {
        self.says(backend, &self.default, schema)
    }

    fn says(&self, backend: DbBackend, bind: &BindName, schema: &str) -> bool {
        let mut said = self.said.get(bind).into_iter().flatten();
        said.any(|own| own.matches(backend, schema))
    }
}

fn by_default(backend: DbBackend) -> Option<&'static str> {
    match backend {
        DbBackend::Postgres => Some("public"),
        DbBackend::Sqlite => Some("main"),
        _ => None,
    }
}
