use std::borrow::Cow;

use sea_orm::{DbBackend, Statement};

/// A statement on its way, in the dialect of its node, and how it is had again where it is sent twice.
pub(crate) struct Parcel<'b> {
    /// Gone while it is under way.
    statement: Option<Statement>,
    backend: DbBackend,
    build: Option<&'b Build<'b>>,
}

/// Renders a statement that SeaORM has as a tree.
pub(crate) type Build<'b> = dyn Fn(DbBackend) -> Statement + Send + Sync + 'b;

impl<'b> Parcel<'b> {
    /// One that SeaORM or the user has rendered.
    pub(crate) fn given(statement: Statement) -> Self {
        Self {
            backend: statement.db_backend,
            statement: Some(statement),
            build: None,
        }
    }

    /// One that is rendered here, for `backend` until its node is known.
    pub(crate) fn built(backend: DbBackend, build: &'b Build<'b>) -> Self {
        Self {
            statement: Some(build(backend)),
            backend,
            build: Some(build),
        }
    }

    /// The same without the tree.
    pub(crate) fn rendered(self) -> Parcel<'static> {
        Parcel {
            statement: self.statement,
            backend: self.backend,
            build: None,
        }
    }

    pub(crate) fn is_built(&self) -> bool {
        self.build.is_some()
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        self.statement
            .as_ref()
            .map_or("", |statement| &statement.sql)
    }

    /// Renders it in another dialect; what was given stays as it is.
    pub(super) fn render_for(&mut self, backend: DbBackend) {
        if let Some(build) = self.build {
            self.statement = Some(build(backend));
            self.backend = backend;
        }
    }

    /// What is sent. `again` says that it may be needed once more: a tree is rendered anew then, a text is kept.
    pub(crate) fn send(&mut self, again: bool) -> Cow<'_, Statement> {
        if again && self.build.is_none() {
            return Cow::Borrowed(self.statement.as_ref().expect(LEFT));
        }
        Cow::Owned(self.statement.take().expect(LEFT))
    }

    /// Has it back where it is sent again.
    pub(super) fn restore(&mut self) {
        if let (None, Some(build)) = (&self.statement, self.build) {
            self.statement = Some(build(self.backend));
        }
    }
}

const LEFT: &str = "a statement is sent once, and again only after it was restored";
