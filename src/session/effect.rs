use std::sync::Arc;

use super::TableKey;

/// What a statement may change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    /// None of them if they are not known.
    pub(crate) tables: Arc<[TableKey]>,
    /// Whether what other sessions ask may look different afterwards: a table, a type, a right.
    pub(crate) on_schema: bool,
}
