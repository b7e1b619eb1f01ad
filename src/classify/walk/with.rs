use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::frame::Clause;
use super::step::Walk;

impl Walk<'_, '_> {
    pub(super) fn begin_with(&mut self) {
        self.top.clause = Clause::WithName;
        self.top.with_start = self.tables.len();
        // On SQLite the word RECURSIVE makes no difference.
        self.top.recursive = self.text.backend == DbBackend::Sqlite;
    }

    /// A word inside a `WITH` clause; whether that is all it was.
    pub(super) fn with_word(&mut self, at: usize, keyword: Keyword) -> bool {
        match (self.top.clause, keyword) {
            (Clause::WithName, Keyword::Recursive) if self.text.is_name(at + 1) => {
                self.top.recursive = true;
            }
            (Clause::WithName, _) => {
                self.name(at);
            }
            (Clause::WithNamed, Keyword::As) => self.top.clause = Clause::WithBody,
            (Clause::WithNamed, _) => self.top.clause = Clause::WithDone,
            (Clause::WithBody, Keyword::Not | Keyword::Materialized) => {}
            (Clause::WithDone, _) => return false,
            _ => return false,
        }
        true
    }

    /// The query of a name is complete: from here on the name is not a table. Where names see
    /// themselves and the ones after them, it was none before either.
    pub(super) fn define(&mut self) {
        let name = self.scope_name(&self.text.name(self.top.defining));
        if self.top.recursive {
            let backend = self.text.backend;
            self.tables.forget(self.top.with_start, |table| {
                table.schema.is_none() && scope_name(backend, &table.name) == name
            });
        }
        *self.visible.entry(name.clone()).or_default() += 1;
        self.scope.push(name);
        self.top.clause = Clause::WithDone;
    }

    pub(super) fn leave_scope(&mut self, mark: usize) {
        while self.scope.len() > mark {
            if let Some(name) = self.scope.pop()
                && let Some(count) = self.visible.get_mut(&name)
            {
                *count -= 1;
            }
        }
    }

    pub(super) fn is_visible(&self, name: &str) -> bool {
        !self.scope.is_empty()
            && self
                .visible
                .get(&self.scope_name(name))
                .is_some_and(|count| *count > 0)
    }

    fn scope_name(&self, name: &str) -> String {
        scope_name(self.text.backend, name)
    }
}

/// SQLite compares names regardless of case.
fn scope_name(backend: DbBackend, name: &str) -> String {
    match backend {
        DbBackend::Sqlite => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}
