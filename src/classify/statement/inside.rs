use sea_orm::DbBackend;

use super::super::Culprit;
use super::super::lexer::{Keyword, TokenKind};
use super::super::walk::{Name, Walk};
use super::Statement;
use super::types::TypePlaces;

impl Statement<'_, '_> {
    /// Names what stands in a statement that is no query itself, wherever it stands: queries in parentheses, clauses with a
    /// table behind fixed words, types, and the statements of a program that the server looks into. Returns why it is no
    /// read.
    pub(super) fn look_inside(&mut self, end: usize) -> Option<Culprit> {
        let walked = self.tables.take_walked(self.walks_before);
        let mut done = walked.iter().copied().peekable();
        let mut types = TypePlaces::default();
        let mut culprit = None;
        let mut at = self.start;
        while at < end {
            while let Some((_, stop)) = done.next_if(|(start, _)| *start <= at) {
                at = at.max(stop);
            }
            if at >= end {
                break;
            }
            if let Some(next) = self.clause(at) {
                at = next;
            } else if self.encloses_query(at) {
                let close = self.text.closing(at).map_or(end, |close| close + 1);
                culprit = culprit.or(self.walk(at, close.min(end)).culprit);
                at = close;
            } else if let Some(limit) = self.statement_of_program(at, end) {
                at = limit;
            } else if self.text.is(at, Keyword::In)
                && let Some(next) = self.table_in(at + 1)
            {
                at = next;
            } else {
                self.sequence(at);
                types.step(self.text, self.start, at, self.tables);
                at += 1;
            }
        }
        if self.tables.wants_loose() && !self.is_quiet {
            let mut walked = walked;
            walked.extend(self.tables.take_walked(self.walks_before));
            walked.sort_unstable();
            self.note_loose(end, &walked);
        }
        self.tables.note_walked(self.start, end);
        culprit
    }

    /// Whether a parenthesis, perhaps the first of several, opens a query.
    fn encloses_query(&self, at: usize) -> bool {
        if !self.text.is_symbol(at, b'(') || self.text.follows_symbol(at, b'(') {
            return false;
        }
        let inside = (at..self.text.len()).find(|at| !self.text.is_symbol(*at, b'('));
        // SQLite's `TABLE` begins no query.
        let begins = |at| self.opens_query(at, true) && self.begins_query(at);
        inside.is_some_and(begins)
    }

    /// `CREATE TRIGGER … WHEN new.a IN t`; the position after its name.
    fn table_in(&mut self, at: usize) -> Option<usize> {
        let mut walk = Walk::new(self.text, self.functions, self.tables, self.limit);
        walk.names_table_in(at).then(|| walk.table_in(at))
    }

    /// `CALL p(nextval('s'))`, `DO NEXT VALUE FOR s`
    fn sequence(&mut self, at: usize) {
        let function = match self.text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => Name::before(self.text, at),
            Some(TokenKind::Word(Keyword::Next | Keyword::Previous)) => None,
            _ => return,
        };
        let mut walk = Walk::new(self.text, self.functions, self.tables, self.limit);
        match function {
            Some(function) => walk.sequence(&function, at),
            None if walk.is_sequence(at) => walk.sequence_at(at + 3),
            None => {}
        }
    }

    /// Names the tables of a program's statement that begins at a position: behind `BEGIN`, a semicolon, `THEN` and the like.
    /// Returns where it ends.
    fn statement_of_program(&mut self, at: usize, end: usize) -> Option<usize> {
        let is_program = self.program.is_some_and(|program| program <= at);
        if !is_program || !self.begins_in_program(at) {
            return None;
        }
        let is_query = self.begins_query(at) || self.text.is(at, Keyword::Select);
        if !is_query && !self.changes_tables(at) {
            return None;
        }
        let limit = (at..end)
            .find(|at| self.text.is_symbol(*at, b';'))
            .unwrap_or(end);
        match is_query {
            true => drop(self.walk(at, limit)),
            false => drop(
                Statement::new(self.text, self.functions, self.tables, at)
                    .until(limit)
                    .read(),
            ),
        }
        Some(limit.max(at + 1))
    }

    fn begins_in_program(&self, at: usize) -> bool {
        const WORDS: [&str; 9] = [
            "ALSO", "ATOMIC", "INSTEAD", "LOOP", "QUERY", "REPEAT", "RETURN", "UNTIL", "WHILE",
        ];
        let follows = matches!(
            self.text.before(at),
            Some(
                TokenKind::Symbol(b';' | b'(')
                    | TokenKind::Word(
                        Keyword::Begin
                            | Keyword::Then
                            | Keyword::Else
                            | Keyword::Do
                            | Keyword::In
                            | Keyword::For
                            | Keyword::If
                            | Keyword::Case
                            | Keyword::Default
                    )
            )
        );
        // What is only told of may be anything: `FOR EACH ROW INSERT …`.
        let may = self.is_of_others
            && self.text.is_name(at + 1)
            && !self.text.is_any_raw(at + 1, &["ON", "OF", "OR"]);
        follows
            || may
            || self.program == Some(at)
            || self.text.is_any_raw(at.wrapping_sub(1), &WORDS)
    }

    /// Whether a statement of a program begins here that is no query: PostgreSQL's programs have none.
    fn changes_tables(&self, at: usize) -> bool {
        let may = self.is_of_others || self.text.backend != DbBackend::Postgres;
        may && matches!(
            self.text.keyword(at),
            Some(
                Keyword::Create
                    | Keyword::Alter
                    | Keyword::Analyze
                    | Keyword::Cache
                    | Keyword::Check
                    | Keyword::Drop
                    | Keyword::Flush
                    | Keyword::Grant
                    | Keyword::Handler
                    | Keyword::Load
                    | Keyword::Lock
                    | Keyword::Optimize
                    | Keyword::Rename
                    | Keyword::Repair
                    | Keyword::Revoke
                    | Keyword::Truncate
            )
        )
    }
}
