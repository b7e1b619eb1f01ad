use std::{ops::Range, sync::Arc};

use sea_orm::DbBackend;

use super::super::lexer::{Keyword, SqlText, TokenKind};
use super::conditions::{AROUND, Conditions, Opener};

/// A string that is compared with a column, by where both stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) column: usize,
    pub(crate) string: usize,
    /// Where in the text's conditions.
    place: usize,
    /// The row of values that the string is in, if columns are compared by rows.
    pub(super) row: Option<usize>,
}

/// The comparisons of a text, in its order.
pub(crate) struct Comparisons {
    pub(crate) found: Vec<Compared>,
    conditions: Conditions,
}

impl Comparisons {
    /// How many steps it takes at most to tell whether two hold together.
    pub(super) fn depth(&self) -> usize {
        self.conditions.depth()
    }

    /// Whether both hold for the same rows.
    pub(super) fn hold_together(&self, one: &Compared, other: &Compared) -> bool {
        let are_of_one_row = match (one.row, other.row) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        are_of_one_row && self.conditions.hold_together(one.place, other.place)
    }
}

/// The strings to which a column is equal where a condition holds: `c = 'a'`, `c IN ('a', 'b')`, `c LIKE 'a'`, `'a' = c`,
/// `(b, c) = (1, 'a')`. What is only a value, or holds where that is not so, is none: `NOT (b = 1 OR c = 'a')`, `SELECT c = 'a'`.
pub(crate) fn compared(
    text: &SqlText<'_>,
    within: Range<usize>,
    is_column: impl Fn(&str) -> bool,
) -> Comparisons {
    let mut search = Search {
        text,
        is_column,
        conditions: Conditions::new(),
        state: State::Elsewhere,
        found: Vec::new(),
    };
    let mut at = within.start;
    while at < within.end {
        at = search.step(at);
    }
    Comparisons {
        found: search.found,
        conditions: search.conditions,
    }
}

/// What stands before a position.
#[derive(Debug)]
enum State {
    Elsewhere,
    /// A column, perhaps in parentheses or with a cast.
    Column(Columns),
    /// The same of a string.
    String(usize),
    /// A column, what makes it equal, and the values since.
    Equal(Values),
    /// A string, and what makes it equal to a column.
    EqualTo(Compared),
    /// A comparison that is whole; those found from that number on are its own.
    Compared(usize),
}

#[derive(Debug, Clone)]
enum Columns {
    One(usize),
    /// Those of a row that may be names, by their places in it.
    Row(Arc<[Option<usize>]>),
}

#[derive(Debug)]
struct Values {
    columns: Columns,
    /// Where each parenthesis is that is open, and how many commas there were in it.
    open: Vec<(usize, usize)>,
    /// How many parentheses were open where a value began that is more than a string.
    skipped: Option<usize>,
    /// How many comparisons had been found before.
    found: usize,
    /// Whether the comparison filters, and where it stands.
    filters: bool,
    place: usize,
}

impl Values {
    fn column(&self) -> Option<usize> {
        match &self.columns {
            Columns::One(column) => Some(*column),
            Columns::Row(columns) => *columns.get(self.open.last()?.1)?,
        }
    }

    fn row(&self) -> Option<usize> {
        match &self.columns {
            Columns::One(_) => None,
            Columns::Row(_) => self.open.last().map(|(at, _)| *at),
        }
    }

    /// The comparison with a string.
    fn compared(&self, string: usize) -> Option<Compared> {
        let counts = self.filters && self.skipped.is_none();
        let column = self.column().filter(|_| counts)?;
        Some(Compared {
            column,
            string,
            place: self.place,
            row: self.row(),
        })
    }

    /// Passes over a value that is more than a string, up to the next one of a list.
    fn skip(&mut self) {
        self.skipped = self.skipped.or(Some(self.open.len()));
    }
}

const BEFORE_TYPES: [&str; 3] = ["AS", "COLLATE", "USING"];

struct Search<'s, 'a, F> {
    text: &'s SqlText<'a>,
    is_column: F,
    conditions: Conditions,
    state: State,
    found: Vec<Compared>,
}

impl<F: Fn(&str) -> bool> Search<'_, '_, F> {
    fn step(&mut self, at: usize) -> usize {
        if self.is_string(at) {
            self.string(at);
            return at + 1;
        }
        let kind = self.text.kind(at);
        let is_word = matches!(
            kind,
            Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped)
        );
        if is_word && self.is_column_at(at) {
            self.column(at);
            return at + 1;
        }
        match kind {
            Some(TokenKind::Symbol(b'(')) if self.is_type_with_length(at) => {
                return self
                    .text
                    .closing(at)
                    .map_or(self.text.len(), |close| close + 1);
            }
            Some(TokenKind::Symbol(b'(' | b'[')) => self.open(at),
            Some(TokenKind::Symbol(b')' | b']')) => self.close(),
            Some(TokenKind::Symbol(b',')) => self.comma(),
            Some(TokenKind::Symbol(b'!'))
                if !self.text.is_symbol(at + 1, b'=') && !self.text.is_symbol(at + 1, b'~') =>
            {
                self.conditions.not();
                self.state = State::Elsewhere;
            }
            _ => return self.operator(at),
        }
        at + 1
    }

    /// `varchar(64)` behind an operand
    fn is_type_with_length(&self, open: usize) -> bool {
        let last = open.wrapping_sub(1);
        !matches!(self.state, State::Elsewhere | State::EqualTo(_))
            && self.is_of_type(last)
            && self.text.is_name(last)
            && !self.text.is_any_raw(last, &BEFORE_TYPES)
    }

    fn column(&mut self, at: usize) {
        let is_operand = self.is_operand(at);
        self.state = match std::mem::replace(&mut self.state, State::Elsewhere) {
            State::EqualTo(found) => {
                let before = self.found.len();
                self.found.push(Compared {
                    column: at,
                    ..found
                });
                State::Compared(before)
            }
            _ if is_operand => State::Elsewhere,
            _ => State::Column(Columns::One(at)),
        };
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

    /// Whether something is done with it before it can be compared: `0 = name = 'a'`, `'x' || name`.
    fn is_operand(&self, at: usize) -> bool {
        let mut before = at;
        while self.text.follows_symbol(before, b'.') && before >= 2 && at - before < 6 {
            before -= 2;
        }
        let before = before.wrapping_sub(1);
        // `WHERE +name = 'a'` keeps SQLite from using an index.
        if self.text.is_symbol(before, b'+') && !self.ends_operand(before.wrapping_sub(1)) {
            return false;
        }
        let is_and = self.text.is_symbol(before, b'&') && self.text.follows_symbol(before, b'&');
        !is_and
            && b"=<>+-*/%|&~"
                .iter()
                .any(|symbol| self.text.is_symbol(before, *symbol))
    }

    fn ends_operand(&self, at: usize) -> bool {
        match self.text.kind(at) {
            Some(TokenKind::Word(word)) => word == Keyword::Other,
            Some(TokenKind::Symbol(symbol)) => symbol == b')' || symbol == b']',
            Some(_) => true,
            None => false,
        }
    }

    fn open(&mut self, at: usize) {
        self.conditions.open(self.text, at, self.found.len());
        match &mut self.state {
            State::Equal(values) => values.open.push((at, 0)),
            State::EqualTo(_) => {}
            _ => self.state = State::Elsewhere,
        }
    }

    fn comma(&mut self) {
        let column = match &mut self.state {
            State::Equal(values) => match values.open.last_mut() {
                Some((_, commas)) => {
                    *commas += 1;
                    values.skipped = values.skipped.filter(|depth| *depth < values.open.len());
                    return;
                }
                None => None,
            },
            State::Column(Columns::One(column)) => Some(*column),
            _ => None,
        };
        self.conditions.part(column);
        self.state = State::Elsewhere;
    }

    fn close(&mut self) {
        let frame = self.conditions.close();
        if let State::Equal(values) = &mut self.state
            && values.open.pop().is_some()
        {
            let depth = values.open.len();
            values.skipped = values.skipped.filter(|skipped| *skipped <= depth);
            if values.open.is_empty() && self.found.len() > values.found {
                self.state = State::Compared(values.found);
            }
            return;
        }
        let state = std::mem::replace(&mut self.state, State::Elsewhere);
        let Some(mut frame) = frame else {
            return;
        };
        let column = match state {
            State::Column(Columns::One(column)) => Some(column),
            _ => None,
        };
        self.state = match (frame.opener, column) {
            (Opener::Group | Opener::Transparent, _)
                if frame.parts.is_empty() && matches!(state, State::String(_)) =>
            {
                state
            }
            (Opener::Transparent, _) if matches!(state, State::Compared(_)) => state,
            (Opener::Group, Some(column)) if frame.parts.is_empty() => {
                State::Column(Columns::One(column))
            }
            (Opener::Group, _) if frame.parts.iter().any(Option::is_some) || column.is_some() => {
                frame.parts.push(column);
                State::Column(Columns::Row(frame.parts.into()))
            }
            (Opener::Group, _) => State::Compared(frame.found),
            (Opener::Transparent, column) => {
                let first = frame.parts.first().copied().unwrap_or(column);
                first.map_or(State::Elsewhere, |column| {
                    State::Column(Columns::One(column))
                })
            }
            (Opener::Query | Opener::Value | Opener::Case, _) => State::Elsewhere,
        };
    }

    /// What is neither a string nor a column, and opens and closes nothing.
    fn operator(&mut self, at: usize) -> usize {
        let is_word = matches!(self.text.kind(at), Some(TokenKind::Word(_)));
        if is_word && let Some(kept) = self.conditions.word(self.text, at, self.found.len()) {
            self.found.truncate(kept);
        }
        if self.text.is_symbol(at, b';') {
            self.conditions.end();
            self.state = State::Elsewhere;
            return at + 1;
        }
        if self.text.is_symbol(at, b'&') && self.text.is_symbol(at + 1, b'&') {
            self.conditions.and();
            self.state = State::Elsewhere;
            return at + 2;
        }
        match std::mem::replace(&mut self.state, State::Elsewhere) {
            State::Elsewhere => at + 1,
            State::Column(columns) => self.behind_column(at, columns),
            State::String(string) => self.behind_string(at, string),
            State::Equal(values) => {
                self.behind_equal(at, values);
                at + 1
            }
            State::EqualTo(found) => {
                let qualifies = self.text.is_symbol(at + 1, b'.') || self.text.is_symbol(at, b'.');
                if qualifies || self.text.is_any_raw(at, &AROUND) {
                    self.state = State::EqualTo(found);
                }
                at + 1
            }
            State::Compared(found) => {
                self.behind_comparison(at, found);
                at + 1
            }
        }
    }

    fn string(&mut self, at: usize) {
        let goes_on = self.text.goes_on(at);
        let is_operand = self.is_operand(at);
        let is_part = [at.wrapping_sub(1), at + 1]
            .into_iter()
            .any(|beside| self.text.is_symbol(beside, b'|'));
        match &mut self.state {
            State::Equal(_) | State::Compared(_) | State::String(_) if goes_on => {}
            State::Equal(values) if is_part => values.skip(),
            State::Equal(values) => {
                let (is_whole, found) = (values.open.is_empty(), values.found);
                self.found.extend(values.compared(at));
                if is_whole {
                    self.state = State::Compared(found);
                }
            }
            _ if is_part || is_operand => self.state = State::Elsewhere,
            _ => self.state = State::String(at),
        }
    }

    /// `'a' = lower(t.c)`
    fn behind_string(&mut self, at: usize, string: usize) -> usize {
        if let Some(next) = self.behind_equals_sign(at) {
            if self.conditions.filters() {
                self.state = State::EqualTo(Compared {
                    column: string,
                    string,
                    place: self.conditions.place(),
                    row: None,
                });
            }
            return next;
        }
        if self.text.is_symbol(at, b':') || self.is_of_type(at) {
            self.state = State::String(string);
        }
        at + 1
    }

    /// Where it goes on behind what says that two are equal.
    fn behind_equals_sign(&self, at: usize) -> Option<usize> {
        let is = |at: usize, symbol| self.text.is_symbol(at, symbol);
        let is_sqlite = self.text.backend == DbBackend::Sqlite;
        match self.text.kind(at)? {
            TokenKind::Symbol(b'=') if is(at + 1, b'=') => Some(at + 2),
            TokenKind::Symbol(b'=') => Some(at + 1),
            // `<=>`
            TokenKind::Symbol(b'<') if is(at + 1, b'=') && is(at + 2, b'>') => Some(at + 3),
            TokenKind::Word(_) if self.text.is_raw(at, "IN") => Some(at + 1),
            TokenKind::Word(_) if self.text.is_raw(at, "IS") => {
                let is_not = self.text.is(at + 1, Keyword::Not);
                match self.text.is_raw(at + 2, "DISTINCT") {
                    true if is_not => Some(at + 4),
                    _ if is_sqlite && !is_not => Some(at + 1),
                    _ => None,
                }
            }
            // `OPERATOR(pg_catalog.=)`
            TokenKind::Word(_) if self.text.is_raw(at, "OPERATOR") && is(at + 1, b'(') => (at + 2
                ..at + 5)
                .find(|sign| is(*sign, b'=') && is(sign + 1, b')'))
                .map(|sign| sign + 2),
            _ => None,
        }
    }

    fn behind_column(&mut self, at: usize, columns: Columns) -> usize {
        let is_like = self.text.is_any_raw(at, &["LIKE", "ILIKE", "GLOB"]);
        let next = match is_like {
            true => Some(at + 1),
            false => self.behind_equals_sign(at),
        };
        if let Some(next) = next {
            self.state = State::Equal(Values {
                columns,
                open: Vec::new(),
                skipped: None,
                found: self.found.len(),
                filters: self.conditions.filters(),
                place: self.conditions.place(),
            });
            return next;
        }
        if self.text.is_symbol(at, b':') || self.is_of_type(at) {
            self.state = State::Column(columns);
        }
        at + 1
    }

    fn behind_equal(&mut self, at: usize, mut values: Values) {
        let text = self.text;
        let is_kept = match text.kind(at) {
            Some(TokenKind::Symbol(b':' | b'&')) => true,
            Some(TokenKind::Number | TokenKind::Parameter) => true,
            Some(TokenKind::Word(_)) => {
                self.is_of_type(at)
                    || self.is_before_string(at)
                    || text.is_any_raw(at, &AROUND)
                    || text.is_any_raw(at, &["ROW", "VALUES"])
            }
            _ => false,
        };
        self.state = match is_kept {
            true => State::Equal(values),
            false if values.open.is_empty() || text.is_raw(at, "SELECT") => State::Elsewhere,
            false => {
                values.skip();
                State::Equal(values)
            }
        };
    }

    /// What is done with a whole comparison makes another value of it.
    fn behind_comparison(&mut self, at: usize, found: usize) {
        let text = self.text;
        // `(c = 'a') = 1`
        let holds = text.is_symbol(at, b'=')
            && (text.is_raw(at + 1, "TRUE") || text.raw(at + 1) == "1")
            && !text.is_symbol(at + 2, b'.');
        let is_operator = || {
            b"=<>!~+-*/%^|"
                .iter()
                .any(|symbol| text.is_symbol(at, *symbol))
        };
        let says_otherwise = || {
            let holds = text.is_raw(at + 1, "TRUE")
                || text.is(at + 1, Keyword::Not)
                    && text.is_any_raw(at + 2, &["FALSE", "NULL", "UNKNOWN"]);
            text.is_raw(at, "IS") && !holds
        };
        if holds {
            return;
        }
        if is_operator() || says_otherwise() {
            self.found.truncate(found);
        } else if text.is_symbol(at, b':') || self.is_of_type(at) {
            self.state = State::Compared(found);
        }
    }

    /// `AS`, `COLLATE` and what follows them or `::`: `text`, `pg_catalog.text`, `character varying`.
    fn is_of_type(&self, at: usize) -> bool {
        let begins = |at: usize| {
            self.text.follows_symbol(at, b':')
                || self.text.is_any_raw(at.wrapping_sub(1), &BEFORE_TYPES)
        };
        let before = at.wrapping_sub(1);
        self.text.is_any_raw(at, &BEFORE_TYPES)
            || begins(at)
            || self.text.is_symbol(at, b'.') && begins(before)
            || self.text.is_symbol(before, b'.') && begins(before.wrapping_sub(1))
            || self.text.is_any_raw(at, &["VARYING"]) && begins(before)
    }

    /// `U&'…'`, `N'…'`, `_utf8'…'`
    fn is_before_string(&self, at: usize) -> bool {
        let raw = self.text.raw(at);
        raw.eq_ignore_ascii_case("U")
            || (raw.eq_ignore_ascii_case("N") || raw.starts_with('_'))
                && self.text.is_string(at + 1)
    }
}
