use sea_orm::{DbBackend, Statement, StatementBuilder, Values};

use super::{Decision, Wording};

/// A statement on its way, in the dialect of its node, and how it is had again where it is sent twice.
pub(crate) struct Parcel<'b> {
    /// Gone while it is under way.
    statement: Option<Statement>,
    backend: DbBackend,
    /// What it is rendered from, a tree of SeaORM's.
    tree: Option<&'b dyn StatementBuilder>,
    /// What it was rendered as beside that, where its tree is gone before its node is known.
    other: Option<Box<Statement>>,
    /// Whether its tree is gone, and it is wanted in whatever dialect its node speaks.
    is_rendered: bool,
    /// Whether a given statement is made again of what follows, and of its judgement.
    is_kept: bool,
    values: Option<Values>,
    /// Its text, if its judgement has not got it.
    text: Option<Box<str>>,
}

impl<'b> Parcel<'b> {
    /// One for that dialect in which nothing is.
    #[inline(always)]
    fn empty(backend: DbBackend) -> Self {
        Self {
            statement: None,
            backend,
            tree: None,
            other: None,
            is_rendered: false,
            is_kept: false,
            values: None,
            text: None,
        }
    }

    /// One that SeaORM or the user has rendered.
    pub(crate) fn given(statement: Statement) -> Self {
        let empty = Self::empty(statement.db_backend);
        Self {
            statement: Some(statement),
            ..empty
        }
    }

    /// One that is rendered here, for `backend` until its node is known.
    pub(crate) fn built(backend: DbBackend, tree: &'b dyn StatementBuilder) -> Self {
        Self {
            statement: Some(tree.build(&backend)),
            tree: Some(tree),
            ..Self::empty(backend)
        }
    }

    /// The same without the tree.
    #[cfg(feature = "stream")]
    pub(crate) fn rendered(self) -> Parcel<'static> {
        Parcel {
            statement: self.statement,
            ..Parcel::empty(self.backend)
        }
    }

    /// The same without the tree, for a node of its dialect or of another one that is `expected`.
    #[cfg(feature = "stream")]
    pub(crate) fn rendered_for(self, expected: Option<DbBackend>) -> Parcel<'static> {
        let expected = expected.filter(|other| *other != self.backend);
        let tree = self.tree;
        let other = expected.and_then(|other| Some(Box::new(tree?.build(&other))));
        Parcel {
            other,
            is_rendered: true,
            ..self.rendered()
        }
    }

    pub(crate) fn is_built(&self) -> bool {
        self.tree.is_some() || self.is_rendered
    }

    /// Whether what is built can be had in that dialect.
    pub(super) fn may_be(&self, backend: DbBackend) -> bool {
        let is_other = |other: &Statement| other.db_backend == backend;
        self.tree.is_some()
            || self.backend == backend
            || self.other.as_deref().is_some_and(is_other)
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        self.statement
            .as_ref()
            .map_or("", |statement| &statement.sql)
    }

    /// What it says while it is here.
    pub(crate) fn wording(&self) -> Wording<'_> {
        let nothing = || Wording::text(self.backend, "");
        self.statement
            .as_ref()
            .map_or_else(nothing, |statement| Wording {
                backend: self.backend,
                ..Wording::from(statement)
            })
    }

    /// A copy of what is about to be sent, if it is `wanted`.
    pub(crate) fn to_statement_if(&self, wanted: bool) -> Option<Statement> {
        self.statement.as_ref().filter(|_| wanted).cloned()
    }

    /// Renders it in another dialect; what was given stays as it is.
    pub(super) fn render_for(&mut self, backend: DbBackend) {
        if let Some(tree) = self.tree {
            self.statement = Some(tree.build(&backend));
            self.backend = backend;
        } else if let Some(statement) = &mut self.statement
            && let Some(other) = (self.other.as_mut()).filter(|other| other.db_backend == backend)
        {
            std::mem::swap(statement, &mut **other);
            self.backend = backend;
        }
    }

    /// What is sent. Where it may be needed once more, a tree is rendered anew then, and of a text is kept what
    /// nobody else keeps.
    #[inline(always)]
    pub(crate) fn send(&mut self, decision: &Decision, again: bool) -> Statement {
        let statement = self.statement.take();
        let statement = statement.expect("it is sent once, and again only after it was restored");
        if again && self.tree.is_none() {
            self.is_kept = true;
            self.values.clone_from(&statement.values);
            let is_known = decision.judgement.text_of(&statement.sql).is_some();
            self.text = (!is_known).then(|| statement.sql.as_str().into());
        }
        statement
    }

    /// What is sent, where it stays here for another time.
    pub(crate) fn copy(&self) -> Statement {
        let statement = self.statement.clone();
        statement.expect("it has not been sent")
    }

    /// What is sent once.
    pub(crate) fn into_statement(self) -> Statement {
        self.statement.expect("it has not been sent")
    }

    /// Has it back where it is sent again; `sent` is the decision for which it was sent.
    pub(crate) fn restore(&mut self, sent: &Decision) {
        if self.statement.is_some() {
            return;
        }
        if let Some(tree) = self.tree {
            self.statement = Some(tree.build(&self.backend));
        } else if std::mem::take(&mut self.is_kept) {
            let text = self.text.as_deref().or(sent.judgement.text.as_deref());
            self.statement = Some(Statement {
                sql: text.unwrap_or_default().to_owned(),
                values: self.values.take(),
                db_backend: self.backend,
            });
        }
    }
}
