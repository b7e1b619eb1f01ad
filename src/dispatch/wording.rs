use sea_orm::{DbBackend, Statement, Values};

/// What a statement says: its text, and the values that are bound to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording<'s> {
    pub(crate) backend: DbBackend,
    pub(crate) sql: &'s str,
    pub(crate) values: Option<&'s Values>,
}

impl<'s> Wording<'s> {
    /// A text without values.
    pub(crate) fn text(backend: DbBackend, sql: &'s str) -> Self {
        Self {
            backend,
            sql,
            values: None,
        }
    }

    /// The same as another dialect reads it.
    pub(super) fn read_by(self, backend: DbBackend) -> Self {
        Self { backend, ..self }
    }
}

impl<'s> From<&'s Statement> for Wording<'s> {
    fn from(statement: &'s Statement) -> Self {
        Self {
            backend: statement.db_backend,
            sql: &statement.sql,
            values: statement.values.as_ref(),
        }
    }
}
