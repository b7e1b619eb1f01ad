use std::borrow::Cow;

use sea_orm::DbBackend;

use super::{BindRule, Ruling, Subject};
use crate::classify::{Access, Table};

/// Sends the reads of some tables to a bind, for a share of the sessions: for a bind that is adopted by and by, or compared with
/// another one that holds the same.
///
/// A session either takes part or does not, so that it does not see two binds in turn; and one that has just written, where its
/// statements go without the rule or on the bind of the rule, reads where it would without the rule: its own writes are there.
/// A read that names another table beside these, one that is part of a transaction, and every write stay where they are.
///
/// ```
/// use sea_orm_routing::rule::ReadsOf;
///
/// // One session of ten reads cakes and bakeries from bind `replicated`.
/// let rule = ReadsOf::tables(["cake", "bakery"], "replicated").share(0.1);
/// # let _ = sea_orm_routing::RoutingDatabase::builder().rule(rule);
/// ```
#[derive(Clone, Debug)]
pub struct ReadsOf {
    tables: Vec<String>,
    key: Cow<'static, str>,
    share: f64,
}

impl ReadsOf {
    /// Sends all reads of these tables (names or `schema.name`) to the bind or node of that bind key.
    #[must_use]
    pub fn tables<T: Into<String>>(
        tables: impl IntoIterator<Item = T>,
        key: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            tables: tables.into_iter().map(Into::into).collect(),
            key: key.into(),
            share: 1.0,
        }
    }

    /// The share of the sessions whose reads go there, from 0 (none) to 1 (all). Default: 1.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    fn has(&self, backend: DbBackend, table: &Table) -> bool {
        let is = |named: &str, found: &str| match backend {
            DbBackend::Postgres => named == found,
            _ => named.eq_ignore_ascii_case(found),
        };
        self.tables.iter().any(|named| match named.split_once('.') {
            None => is(named, &table.name),
            Some((schema, name)) => {
                let found = table.schema.as_deref();
                is(name, &table.name) && found.is_some_and(|found| is(schema, found))
            }
        })
    }
}

impl BindRule for ReadsOf {
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        let (backend, tables) = (subject.backend(), subject.tables());
        let is_meant = subject.access() == Access::Read
            && !subject.is_in_transaction()
            && !tables.is_empty()
            && tables.iter().all(|table| self.has(backend, table))
            && subject.draw() < self.share;
        if !is_meant {
            return Ruling::pass();
        }
        let binds = [subject.bind(), subject.bind_of(&self.key)];
        let binds: Vec<_> = binds.into_iter().flatten().collect();
        match subject.has_written(&binds) {
            true => Ruling::pass(),
            false => Ruling::to(self.key.clone()),
        }
    }

    fn name(&self) -> Cow<'static, str> {
        "ReadsOf".into()
    }
}
