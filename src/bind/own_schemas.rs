use std::{collections::HashMap, iter};

use sea_orm::DbBackend;

use super::kept_name::is_one_name;
use crate::names::BindName;

/// Where the connections of each bind look for tables whose schema SQL leaves out.
#[derive(Debug, Default)]
pub(super) struct OwnSchemas(HashMap<BindName, Vec<String>>);

impl OwnSchemas {
    pub(super) fn add(&mut self, bind: &BindName, schema: String) {
        self.0.entry(bind.clone()).or_default().push(schema);
    }

    /// Whether a schema is a bind's own, by what was said of it or as servers have it by default.
    pub(super) fn has(&self, backend: DbBackend, bind: &BindName, schema: &str) -> bool {
        let is_default = match backend {
            DbBackend::Postgres => schema == "public",
            DbBackend::Sqlite => schema.eq_ignore_ascii_case("main"),
            _ => false,
        };
        is_default || self.says(backend, bind, schema)
    }

    /// Whether it was said to be the bind's own.
    pub(super) fn says(&self, backend: DbBackend, bind: &BindName, schema: &str) -> bool {
        self.said(bind).any(|own| is_one_name(backend, own, schema))
    }

    pub(super) fn of<'s>(
        &'s self,
        backend: Option<DbBackend>,
        bind: &BindName,
    ) -> impl Iterator<Item = &'s str> {
        let default = match backend {
            Some(DbBackend::MySql) => None,
            Some(DbBackend::Postgres) => Some("public"),
            Some(_) => Some("main"),
            None => None,
        };
        self.said(bind).chain(iter::once(default).flatten())
    }

    fn said<'s>(&'s self, bind: &BindName) -> impl Iterator<Item = &'s str> {
        self.0.get(bind).into_iter().flatten().map(String::as_str)
    }
}
