use std::ops::Range;

use sea_orm::DbBackend;

use super::super::lexer::{Keyword, SqlText, TokenKind};

/// A string that is compared with a column, by where both stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) column: usize,
    pub(crate) string: usize,
}

/// The strings to which a column is equal where a condition holds: `c = 'a'`, `c IN ('a', 'b')`, `c LIKE 'a'`, `'a' = c`.
pub(crate) fn compared(
    text: &SqlText<'_>,
    within: Range<usize>,
    is_column: impl Fn(&str) -> bool,
) -> Vec<Compared> {
    let mut search = Search {
        text,
        is_column,
        state: State::Elsewhere,
        found: Vec::new(),
    };
    let mut at = within.start;
    while at < within.end {
        at = search.step(at);
    }
    search.found
}

/// What stands before a position.
#[derive(Debug, Clone, Copy)]
enum State {
    Elsewhere,
    /// A column, perhaps in parentheses or with a cast.
    Column(usize),
    /// What makes it equal, and so many parentheses since.
    Equal {
        column: usize,
        depth: usize,
    },
}

struct Search<'s, 'a, F> {
    text: &'s SqlText<'a>,
    is_column: F,
    state: State,
    found: Vec<Compared>,
}

/// Words that leave a name the same, or but for its case.
const AROUND: [&str; 12] = [
    "ANY", "ARRAY", "BINARY", "CAST", "CHAR", "CONVERT", "LOWER", "NAME", "SOME", "TEXT", "UPPER",
    "VARCHAR",
];

impl<F: Fn(&str) -> bool> Search<'_, '_, F> {
    fn step(&mut self, at: usize) -> usize {
        if self.is_string(at) {
            self.string(at);
            return at + 1;
        }
        let is_word = matches!(
            self.text.kind(at),
            Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped)
        );
        if is_word && self.is_column_at(at) {
            self.state = match self.is_negated(at) {
                true => State::Elsewhere,
                false => State::Column(at),
            };
            return at + 1;
        }
        match self.state {
            State::Elsewhere => at + 1,
            State::Column(column) => self.behind_column(at, column),
            State::Equal { column, depth } => {
                self.state = self.behind_equal(at, column, depth);
                at + 1
            }
        }
    }

    /// SQLite takes a name in double quotes for a string where there is no such column.
    fn is_string(&self, at: usize) -> bool {
        let may_be = || {
            self.text.backend == DbBackend::Sqlite
                && self.text.raw(at).starts_with('"')
                && !self.is_column_at(at)
        };
        self.text.is_string(at) || may_be()
    }

    fn is_column_at(&self, at: usize) -> bool {
        // Neither what a column belongs to, nor a function.
        let is_alone = !self.text.is_symbol(at + 1, b'.') && !self.text.is_symbol(at + 1, b'(');
        is_alone
            && self.text.is_name(at)
            && (self.is_column)(&self.text.name(at).to_ascii_lowercase())
    }

    /// `NOT (lower(t.c) = …)`
    fn is_negated(&self, at: usize) -> bool {
        let mut start = at;
        while start >= 2 && self.text.is_symbol(start - 1, b'.') {
            start -= 2;
        }
        if self.text.is_raw(start.wrapping_sub(1), "BINARY") {
            start -= 1;
        }
        // Parentheses stand before one column only, so that all of these walks are no longer than the text.
        while start >= 1 && self.text.is_symbol(start - 1, b'(') {
            start -= 1;
            if start >= 1 && self.text.is_any_raw(start - 1, &AROUND) {
                start -= 1;
            }
        }
        self.text.follows(start, Keyword::Not)
    }

    fn string(&mut self, at: usize) {
        let goes_on = self.text.is_string(at.wrapping_sub(1)) && at > 0;
        let is_part = [at.wrapping_sub(1), at + 1]
            .into_iter()
            .any(|beside| self.text.is_symbol(beside, b'|'));
        match self.state {
            _ if is_part => self.state = State::Elsewhere,
            State::Equal { .. } if goes_on => {}
            State::Equal { column, .. } => self.found.push(Compared { column, string: at }),
            _ => {
                self.state = State::Elsewhere;
                self.found.extend(self.column_behind(at));
            }
        }
    }

    /// `'a' = lower(t.c)`
    fn column_behind(&self, string: usize) -> Option<Compared> {
        if !self.text.is_symbol(string + 1, b'=') || self.is_negated(string) {
            return None;
        }
        let mut column = string + 2;
        while self.text.is_symbol(column, b'(')
            || self.text.is_any_raw(column, &AROUND) && !self.is_column_at(column)
        {
            column += 1;
        }
        while self.text.is_symbol(column + 1, b'.') {
            column += 2;
        }
        self.is_column_at(column)
            .then_some(Compared { column, string })
    }

    fn behind_column(&mut self, at: usize, column: usize) -> usize {
        let equal = State::Equal { column, depth: 0 };
        let is = |at: usize, symbol| self.text.is_symbol(at, symbol);
        let (state, next) = match self.text.kind(at) {
            Some(TokenKind::Symbol(b'=')) => (equal, at + 1),
            // `<=>`
            Some(TokenKind::Symbol(b'<')) if is(at + 1, b'=') && is(at + 2, b'>') => {
                (equal, at + 3)
            }
            Some(TokenKind::Symbol(b')' | b':')) => (self.state, at + 1),
            Some(TokenKind::Word(_)) if self.text.is_any_raw(at, &["IN", "LIKE", "ILIKE"]) => {
                (equal, at + 1)
            }
            Some(TokenKind::Word(_))
                if self.text.is_raw(at, "IS")
                    && self.text.is(at + 1, Keyword::Not)
                    && self.text.is_raw(at + 2, "DISTINCT") =>
            {
                (equal, at + 4)
            }
            Some(TokenKind::Word(_)) if self.is_of_type(at) => (self.state, at + 1),
            _ => (State::Elsewhere, at + 1),
        };
        self.state = state;
        next
    }

    fn behind_equal(&self, at: usize, column: usize, depth: usize) -> State {
        let deeper = |depth| State::Equal { column, depth };
        match self.text.kind(at) {
            Some(TokenKind::Symbol(b'(' | b'[')) => deeper(depth + 1),
            Some(TokenKind::Symbol(b')' | b']')) => {
                depth.checked_sub(1).map_or(State::Elsewhere, deeper)
            }
            Some(TokenKind::Symbol(b',')) if depth > 0 => self.state,
            Some(TokenKind::Symbol(b':' | b'&')) => self.state,
            Some(TokenKind::Number | TokenKind::Parameter) => self.state,
            Some(TokenKind::Word(_)) if self.is_of_type(at) || self.is_before_string(at) => {
                self.state
            }
            Some(TokenKind::Word(_)) if self.text.is_any_raw(at, &AROUND) => self.state,
            _ => State::Elsewhere,
        }
    }

    /// `AS`, `COLLATE` and what follows them or `::`.
    fn is_of_type(&self, at: usize) -> bool {
        const BEFORE: [&str; 2] = ["AS", "COLLATE"];
        self.text.is_any_raw(at, &BEFORE)
            || self.text.follows_symbol(at, b':')
            || self.text.is_any_raw(at.wrapping_sub(1), &BEFORE)
    }

    /// `U&'…'`, `N'…'`, `_utf8'…'`
    fn is_before_string(&self, at: usize) -> bool {
        let raw = self.text.raw(at);
        raw.eq_ignore_ascii_case("U")
            || (raw.eq_ignore_ascii_case("N") || raw.starts_with('_'))
                && self.text.is_string(at + 1)
    }
}
