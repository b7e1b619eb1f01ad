use std::borrow::Cow;

use sea_orm::DbBackend;

use super::{BindRule, Ruling, Subject};

/// Sends statements to binds by the schema that their tables name (on MySQL and SQLite, the database).
///
/// Where servers may take `Audit` and `audit` for one schema, on MySQL and SQLite, either means the other, unless both are given.
///
/// It has no opinion on a statement whose tables name none of its schemas. Where some do and others do not, or where two name
/// schemas of two keys, it refuses: no bind has them all.
///
/// ```
/// use sea_orm_routing::rule::BySchema;
///
/// let rule = BySchema::new().schema("audit", "archive").schema("stats", "reports");
/// # let _ = sea_orm_routing::RoutingDatabase::builder().rule(rule);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BySchema {
    keys: Vec<(String, Cow<'static, str>)>,
}

impl BySchema {
    /// A rule without schemas, which never has an opinion.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a schema. Its tables are on the bind or node of that bind key.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>, key: impl Into<Cow<'static, str>>) -> Self {
        self.keys.push((schema.into(), key.into()));
        self
    }

    fn key(&self, backend: DbBackend, schema: Option<&str>) -> Option<&Cow<'static, str>> {
        let schema = schema?;
        let exact = self.keys.iter().find(|(named, _)| named == schema);
        // MySQL (by file system) and SQLite may take `Audit` and `audit` for one.
        let is = |named: &str| backend != DbBackend::Postgres && named.eq_ignore_ascii_case(schema);
        let found = exact.or_else(|| self.keys.iter().find(|(named, _)| is(named)));
        found.map(|(_, key)| key)
    }
}

impl BindRule for BySchema {
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        let backend = subject.backend();
        let tables = subject.tables().iter();
        let mut keys = tables
            .filter(|table| !table.is_catalogue(backend))
            .map(|table| (table, self.key(backend, table.schema.as_deref())));
        let Some((first, key)) = keys.next() else {
            return Ruling::pass();
        };
        match (keys.find(|(_, other)| *other != key), key) {
            (Some((other, _)), _) => Ruling::refuse(format!(
                "it names tables of two schemas that are not on one bind, `{first}` and `{other}`"
            )),
            (None, Some(key)) => Ruling::to(key.clone()),
            (None, None) => Ruling::pass(),
        }
    }

    fn name(&self) -> Cow<'static, str> {
        "BySchema".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_known_as_its_server_tells_names_apart() {
        let rule = BySchema::new()
            .schema("audit", "one")
            .schema("Stats", "two");
        let rule = rule.schema("stats", "three");
        let key = |backend, schema| rule.key(backend, Some(schema)).map(|key| &**key);
        for backend in [DbBackend::MySql, DbBackend::Sqlite] {
            assert_eq!(key(backend, "AUDIT"), Some("one"));
            assert_eq!(key(backend, "stats"), Some("three"));
            assert_eq!(key(backend, "Stats"), Some("two"));
        }
        assert_eq!(key(DbBackend::Postgres, "AUDIT"), None);
        assert_eq!(key(DbBackend::Postgres, "audit"), Some("one"));
    }
}
