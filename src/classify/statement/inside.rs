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
            } else if let Some(next) = self.behind_conditions(at) {
                self.tables.note_walked(at, next);
                self.handled = Some(next);
                at = next;
            } else {
                self.sequence(at);
                self.type_of_table(at);
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
        let inside = (at..self.limit).find(|at| !self.text.is_symbol(*at, b'('));
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

    /// Where the statement of `DECLARE EXIT HANDLER FOR condition, …` begins, if its `FOR` stands here.
    fn behind_conditions(&self, at: usize) -> Option<usize> {
        let is_handler = self.text.is_mysql()
            && self.text.is(at, Keyword::For)
            && self.text.follows(at, Keyword::Handler);
        if !is_handler || self.program.is_none() {
            return None;
        }
        let mut next = self.after_condition(at + 1);
        while self.text.is_symbol(next, b',') {
            next = self.after_condition(next + 1);
        }
        Some(next)
    }

    /// `SQLSTATE [VALUE] '42S02'`, `NOT FOUND`, a number or a name
    fn after_condition(&self, at: usize) -> usize {
        let is_valued = self.text.is(at + 1, Keyword::Value);
        at + match () {
            () if self.text.is_raw(at, "SQLSTATE") => 2 + usize::from(is_valued),
            () if self.text.is(at, Keyword::Not) => 2,
            () => 1,
        }
    }

    /// MariaDB's `r report%ROWTYPE` and `a report.b%TYPE`, in Oracle's mode; they may be of a cursor or a variable, too.
    fn type_of_table(&mut self, at: usize) {
        if !self.text.is_mysql() || !self.text.is_symbol(at, b'%') || self.program.is_none() {
            return;
        }
        let name = Name::before(self.text, at);
        let table = match self.text.raw(at + 1).to_ascii_uppercase().as_str() {
            "ROWTYPE" => name,
            "TYPE" => name.and_then(|name| name.without_last(self.text)),
            _ => None,
        };
        if let Some(table) = table {
            self.tables.add_perhaps(&table);
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
            false => drop(self.read_inner(at, limit)),
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
        // `CURSOR c IS SELECT`, in MariaDB's Oracle mode.
        let is_of_cursor = self.text.is_mysql()
            && self.text.follows(at, Keyword::Is)
            && matches!(self.text.keyword(at), Some(Keyword::Select | Keyword::With));
        follows
            || may
            || is_of_cursor
            || self.handled == Some(at)
            || self.program == Some(at)
            || self.text.is_any_raw(at.wrapping_sub(1), &WORDS)
    }

    /// Whether a statement of a program begins here that is no query but names tables: PostgreSQL's programs have none.
    fn changes_tables(&self, at: usize) -> bool {
        let may = self.is_of_others || self.text.backend != DbBackend::Postgres;
        // `EXIT HANDLER FOR` stands in a declaration.
        let declares = self.text.is(at, Keyword::Handler) && self.text.is(at + 1, Keyword::For);
        self.describes_tables(at)
            || may
                && !declares
                && matches!(
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

    /// Whether MySQL's statement at a position tells of tables, and is none.
    fn describes_tables(&self, at: usize) -> bool {
        let describes = match self.text.keyword(at) {
            Some(Keyword::Show | Keyword::Explain | Keyword::Describe | Keyword::Desc) => true,
            Some(Keyword::Checksum) => matches!(
                self.text.keyword(at + 1),
                Some(Keyword::Table | Keyword::Tables)
            ),
            _ => false,
        };
        self.text.is_mysql() && describes
    }
}
