use super::{BindReason, Target};
use crate::{classify::Table, names::BindName, tables::TablePattern};

/// An entry of a bind's `tables`.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) bind: BindName,
    pub(super) entry: String,
    pub(super) pattern: TablePattern,
}

impl Listed {
    pub(super) fn new(bind: BindName, entry: String) -> Self {
        Self {
            bind,
            pattern: TablePattern::of_entry(&entry),
            entry,
        }
    }

    pub(super) fn target(&self, table: &Table) -> Target {
        Target {
            bind: self.bind.clone(),
            pin: None,
            reason: BindReason::Listed {
                table: table.to_string(),
                pattern: self.entry.clone(),
            },
        }
    }
}
