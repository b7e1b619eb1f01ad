use std::borrow::Cow;

use sea_orm::DbBackend;

use super::{BindReason, Registry};
use crate::classify::Table;

impl Registry {
    /// The tables that say where a statement belongs, less those that it makes as temporary ones and nobody claims: they are
    /// on the bind whose rows they are made from.
    pub(crate) fn without_temporary<'t>(
        &self,
        backend: DbBackend,
        tables: &'t [Table],
        temporary: &[Table],
    ) -> Cow<'t, [Table]> {
        if temporary.is_empty() {
            return Cow::Borrowed(tables);
        }
        let is_made = |table: &Table| temporary.iter().any(|made| made.has_name_of(table));
        let says_something =
            |table: &&Table| !(is_made(table) && self.is_unclaimed(backend, table));
        let others: Vec<_> = tables.iter().filter(says_something).cloned().collect();
        match others.is_empty() {
            true => Cow::Borrowed(tables),
            false => Cow::Owned(others),
        }
    }

    /// Whether a table is on the default bind because nobody claims it.
    pub(crate) fn is_unclaimed(&self, backend: DbBackend, table: &Table) -> bool {
        let alone = self.resolve(backend, std::slice::from_ref(table));
        alone.is_ok_and(|target| target.reason == BindReason::Default)
    }
}
