use sea_orm::DbBackend;

use super::{BindReason, Registry};
use crate::{classify::Table, names::BindName, tables::TablePattern};

/// A name that a statement holds where no rule expects a table's, and the bind to which a table of that name belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DoubtfulName {
    pub(crate) name: String,
    pub(crate) bind: BindName,
}

impl Registry {
    /// The first of these names that a key or an entry of `tables` gives to another bind than this one. An entry that
    /// takes every name says nothing of any.
    pub(crate) fn claimed_elsewhere(
        &self,
        backend: DbBackend,
        names: &[Table],
        bind: &BindName,
    ) -> Option<DoubtfulName> {
        names.iter().find_map(|name| {
            let target = self.resolve(backend, std::slice::from_ref(name)).ok()?;
            let is_claimed = match &target.reason {
                BindReason::Key { .. } => true,
                BindReason::Listed { pattern, .. } => !TablePattern::of_entry(pattern).takes_all(),
                _ => false,
            };
            (is_claimed && target.bind != *bind).then(|| DoubtfulName {
                name: name.to_string(),
                bind: target.bind,
            })
        })
    }
}
