use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::Statement;

impl<'a> Statement<'_, 'a> {
    /// Records the table named at a position, behind `ONLY`, `IF EXISTS` and the like.
    pub(super) fn target(&mut self, at: usize, usage: Usage) -> Option<(String, usize)> {
        let name = self.relation(at)?;
        self.tables.add(&name, usage);
        Some((name.display(), name.end))
    }

    /// The name of a relation at a position, behind `ONLY`, `IF EXISTS` and the like.
    pub(super) fn relation(&self, at: usize) -> Option<Name<'a>> {
        let at = self.after_conditions(at);
        // MySQL's `.t` is `t`.
        let has_dot = self.text.is_mysql() && self.text.is_symbol(at, b'.');
        let at = at + usize::from(has_dot);
        // PostgreSQL's `ONLY (t)` is `ONLY t`, and its `ONLY` no table's name.
        let is_enclosed = self.text.backend == DbBackend::Postgres
            && self.text.is(at, Keyword::Only)
            && self.text.is_symbol(at + 1, b'(');
        let name = Name::at(self.text, at + 2 * usize::from(is_enclosed))?;
        let end = name.end + usize::from(is_enclosed);
        Some(Name { end, ..name })
    }

    /// Records `a, b [*], c (columns), …` and returns the first name.
    pub(super) fn targets(&mut self, at: usize, usage: Usage) -> Option<String> {
        let (first, mut next) = self.target(at, usage)?;
        loop {
            next = self.after_decoration(next);
            if !self.text.is_symbol(next, b',') {
                return Some(first);
            }
            match self.target(next + 1, usage) {
                Some((_, end)) => next = end,
                None => return Some(first),
            }
        }
    }

    /// The position after `IF [NOT] EXISTS`, `ONLY`, `CONCURRENTLY` and `TABLE`.
    pub(super) fn after_conditions(&self, mut at: usize) -> usize {
        loop {
            match self.text.keyword(at) {
                Some(Keyword::If) if self.text.is(at + 1, Keyword::Exists) => at += 2,
                Some(Keyword::If) if self.text.is(at + 1, Keyword::Not) => at += 3,
                Some(Keyword::Only | Keyword::Concurrently)
                    if self.text.backend == DbBackend::Postgres && self.text.is_name(at + 1) =>
                {
                    at += 1;
                }
                _ => return at,
            }
        }
    }

    /// The position after `*`, `(columns)`, an alias, a lock mode, `PERSISTENT FOR COLUMNS (a) INDEXES (i)`.
    fn after_decoration(&self, mut at: usize) -> usize {
        loop {
            if self.text.is_symbol(at, b'(') {
                match self.text.closing(at) {
                    Some(close) => at = close + 1,
                    None => return at,
                }
            } else if self.text.is_any_raw(at, &["UPDATE", "DROP"]) {
                // MySQL's `ANALYZE TABLE t UPDATE HISTOGRAM ON a, b`: columns.
                return at;
            } else if self.text.is_symbol(at, b'*') || self.text.is_name(at) {
                at += 1;
            } else {
                return at;
            }
        }
    }

    pub(super) fn written_table(&mut self, at: usize) {
        self.target(at, Usage::Write);
    }

    /// The first position of a keyword in the statement, outside parentheses.
    pub(super) fn find(&self, from: usize, keyword: Keyword) -> Option<usize> {
        let mut depth = 0usize;
        (from..self.end()).find(|at| {
            if self.text.is_symbol(*at, b'(') {
                depth += 1;
            } else if self.text.is_symbol(*at, b')') {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && self.text.is(*at, keyword)
        })
    }

    /// Records the tables of the first query inside the statement.
    pub(super) fn inner_queries(&mut self, from: usize) {
        self.inner_queries_until(from, self.end());
    }

    pub(super) fn inner_queries_until(&mut self, from: usize, end: usize) {
        // `(WITH …`, `(TABLE t)`: no name, as the words are reserved where they begin a query.
        let is_enclosed = |at: usize| {
            matches!(self.text.keyword(at), Some(Keyword::With | Keyword::Table))
                && self.text.is_symbol(at.saturating_sub(1), b'(')
        };
        let follows = |at: usize| {
            let before = self.text.keyword(at.saturating_sub(1));
            matches!(before, Some(Keyword::As | Keyword::For)) || is_enclosed(at)
        };
        let begins =
            |at: usize| self.text.is(at, Keyword::Select) || self.begins_query(at) && follows(at);
        if let Some(at) = (from..end).find(|at| begins(*at)) {
            // From the parentheses around it, so that what follows them is walked too.
            let opening = (from..at)
                .rev()
                .take_while(|before| self.text.is_symbol(*before, b'('))
                .last();
            self.walk(opening.unwrap_or(at), end);
        }
    }
}
