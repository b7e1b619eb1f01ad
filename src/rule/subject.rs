use std::fmt;

use sea_orm::DbBackend;

use super::{Circumstances, Ruling, Says};
use crate::{
    classify::{Access, Class, Table},
    names::BindName,
};

/// The statement that a [`BindRule`](super::BindRule) is asked about.
///
/// ```
/// use sea_orm_routing::rule::{Ruling, Subject, named};
///
/// let rule = named("archive", |subject: &Subject<'_>| match subject.tables() {
///     [table] if table.name == "old_order" => Ruling::to("archive"),
///     _ => Ruling::pass(),
/// });
/// # let _ = sea_orm_routing::RoutingDatabase::builder().rule(rule);
/// ```
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    circumstances: &'s dyn Circumstances,
}

impl<'s> Subject<'s> {
    pub(crate) fn new(circumstances: &'s dyn Circumstances) -> Self {
        Self { circumstances }
    }

    /// Whether the statement is a proven read.
    pub fn access(&self) -> Access {
        self.circumstances.access()
    }

    /// The tables that the statement names, each with its schema and with what is done to the table.
    pub fn tables(&self) -> &'s [Table] {
        &self.circumstances.class().tables
    }

    /// Whether the statement names a table of the application. `SELECT 1`, `SHOW …` and questions about the server's own tables do not.
    pub fn names_table(&self) -> bool {
        self.circumstances.names_table()
    }

    /// All that the statement's text tells.
    pub fn class(&self) -> &'s Class {
        self.circumstances.class()
    }

    /// The bind key of the statement's entities, or the bind that lists its tables. `None` if there is none, or if they contradict each other.
    pub fn key(&self) -> Option<String> {
        self.circumstances.key()
    }

    /// The bind to which the statement would go without a rule. `None` where that is an error, or has to be asked for.
    pub fn bind(&self) -> Option<BindName> {
        self.circumstances.bind(&Says::Nothing)
    }

    /// The bind to which the statement would go by that ruling. `None` as for [`bind`](Self::bind), and if the ruling refuses.
    pub fn bind_by(&self, ruling: &Ruling) -> Option<BindName> {
        self.circumstances.bind(ruling.says())
    }

    /// The bind that a bind key names: `reports` for `reports.slave-1`. `None` for an unknown key.
    pub fn bind_of(&self, key: &str) -> Option<BindName> {
        Some(self.circumstances.meaning(key)?.0)
    }

    /// The dialect of the statement's text.
    pub fn backend(&self) -> DbBackend {
        self.circumstances.backend()
    }

    /// Whether the statement is part of a transaction, which it may begin.
    pub fn is_in_transaction(&self) -> bool {
        self.circumstances.is_in_transaction()
    }

    /// The bind on which the statement's transaction is open. To name another bind is an error.
    pub fn open_bind(&self) -> Option<&'s BindName> {
        self.circumstances.open_bind()
    }

    /// What the scope around, or the handle, carries under that name: see
    /// [`RoutingDatabase::with_value`](crate::RoutingDatabase::with_value).
    pub fn value(&self, name: &str) -> Option<&'s str> {
        self.circumstances.value(name)
    }

    /// The key whose shard of that group the handle or the scope around names.
    pub fn shard_key(&self, group: &str) -> Option<&'s str> {
        self.circumstances.shard_key(group)
    }

    /// A number from 0 (included) to 1 (not included): the same for all statements of a session, and spread evenly over sessions.
    pub fn draw(&self) -> f64 {
        f64::from(self.circumstances.draw()) / (f64::from(u32::MAX) + 1.0)
    }

    /// Whether the statement's session has written on one of these binds, as lately as their slaves may be behind (`max_lag`).
    pub fn has_written(&self, binds: &[BindName]) -> bool {
        self.circumstances.has_written(binds)
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("access", &self.access())
            .field("tables", &self.tables())
            .finish_non_exhaustive()
    }
}
