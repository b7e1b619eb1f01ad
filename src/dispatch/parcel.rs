use std::sync::Arc;

use sea_orm::{DbBackend, Statement, Values};

use super::Decision;

/// A statement on its way, in the dialect of its node, and how it is had again where it is sent twice.
pub(crate) struct Parcel<'b> {
    /// Gone while it is under way.
    statement: Option<Statement>,
    backend: DbBackend,
    build: Option<&'b Build<'b>>,
    spare: Option<Spare>,
}

/// What a given statement is made of again.
struct Spare {
    sql: Arc<str>,
    values: Option<Values>,
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
            spare: None,
        }
    }

    /// One that is rendered here, for `backend` until its node is known.
    pub(crate) fn built(backend: DbBackend, build: &'b Build<'b>) -> Self {
        Self {
            statement: Some(build(backend)),
            backend,
            build: Some(build),
            spare: None,
        }
    }

    /// The same without the tree.
    pub(crate) fn rendered(self) -> Parcel<'static> {
        Parcel {
            statement: self.statement,
            backend: self.backend,
            build: None,
            spare: None,
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

    /// What is sent. Where it may be needed once more, a tree is rendered anew then, and of a text is kept what
    /// nobody else keeps.
    pub(crate) fn send(&mut self, decision: &Decision, again: bool) -> Statement {
        let statement = self.statement.take();
        let statement = statement.expect("it is sent once, and again only after it was restored");
        if again && self.build.is_none() {
            self.spare = Some(Spare {
                sql: decision.judgement.text_of(&statement.sql),
                values: statement.values.clone(),
            });
        }
        statement
    }

    /// What is sent once.
    pub(crate) fn into_statement(self) -> Statement {
        self.statement.expect("it has not been sent")
    }

    /// Has it back where it is sent again.
    pub(crate) fn restore(&mut self) {
        if self.statement.is_some() {
            return;
        }
        self.statement = match (self.build, self.spare.take()) {
            (Some(build), _) => Some(build(self.backend)),
            (None, Some(Spare { sql, values })) => Some(Statement {
                sql: sql.to_string(),
                values,
                db_backend: self.backend,
            }),
            (None, None) => None,
        };
    }
}
