use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::Walk;
use super::frame::Clause;

impl Walk<'_, '_> {
    pub(super) fn begin_with(&mut self) {
        self.top.clause = Clause::WithName;
        self.top.with_start = self.tables.len();
        // On SQLite the word RECURSIVE makes no difference.
        if self.text.backend == DbBackend::Sqlite {
            self.begin_recursive();
        }
    }

    /// A word inside a `WITH` clause; whether that is all it was.
    pub(super) fn with_word(&mut self, at: usize, keyword: Keyword) -> bool {
        match (self.top.clause, keyword) {
            // `WITH recursive AS (…)` names a query so.
            (Clause::WithName, Keyword::Recursive)
                if self.text.is_name(at + 1) && !self.text.is(at + 1, Keyword::As) =>
            {
                self.begin_recursive();
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
            self.forget_sources(&name);
        }
        *self.visible.entry(name.clone()).or_default() += 1;
        self.scope.push(name);
        self.top.clause = Clause::WithDone;
    }

    fn begin_recursive(&mut self) {
        self.top.recursive = true;
        self.sources.get_or_insert_default();
    }

    pub(super) fn remember_source(&mut self, name: &str) {
        if self.sources.is_none() {
            return;
        }
        let name = self.scope_name(name);
        let place = self.tables.len();
        let sources = self.sources.get_or_insert_default();
        sources.entry(name).or_default().push(place);
    }

    /// Forgets the tables of a name since the `WITH` clause began.
    fn forget_sources(&mut self, name: &str) {
        let places = self
            .sources
            .as_mut()
            .and_then(|sources| sources.get_mut(name));
        let Some(places) = places else {
            return;
        };
        while let Some(place) = places.pop_if(|place| *place >= self.top.with_start) {
            self.tables.forget(place);
        }
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

    /// SQLite compares names regardless of case.
    fn scope_name(&self, name: &str) -> String {
        match self.text.backend {
            DbBackend::Sqlite => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }
}
