use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, TokenKind};
use super::super::walk::Name;
use super::Statement;

impl Statement<'_, '_> {
    /// What `CREATE SCHEMA` creates in it.
    pub(super) fn elements_of_schema(&mut self, at: usize) {
        let known = self.tables.len();
        let schema = Name::at(self.text, self.after_conditions(at + 1));
        let elements: Vec<usize> = (at + 1..self.end())
            .filter(|at| self.text.is(*at, Keyword::Create))
            .collect();
        for (number, element) in elements.iter().enumerate() {
            let end = elements.get(number + 1).copied().unwrap_or(self.end());
            Statement::new(self.text, self.functions, self.tables, *element)
                .until(end)
                .create();
        }
        if let Some(schema) = schema {
            self.tables
                .qualify(known, &schema.name, |usage| usage == Usage::Define);
        }
    }

    /// The statements of a program that the server looks into: behind `BEGIN`, a semicolon, `THEN` and the like.
    pub(super) fn tables_of_program(&mut self, from: usize, end: usize) {
        let mut at = from;
        while at < end {
            if self.text.is_symbol(at, b'(') && self.text.is(at + 1, Keyword::Select) {
                let close = self.text.closing(at).map_or(end, |close| close + 1);
                self.walk(at, close.min(end));
                at = close;
                continue;
            }
            let begins = matches!(
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
            ) || self.text.is_any_raw(
                at.wrapping_sub(1),
                &[
                    "ALSO", "ATOMIC", "INSTEAD", "LOOP", "REPEAT", "RETURN", "UNTIL", "WHILE",
                ],
            );
            let is_query = self.begins_query(at) || self.text.is(at, Keyword::Select);
            if begins && is_query {
                let limit = (at..end)
                    .find(|at| self.text.is_symbol(*at, b';'))
                    .unwrap_or(end);
                self.walk(at, limit);
                at = limit;
            } else if begins && self.changes_tables(at) {
                let limit = (at..end)
                    .find(|at| self.text.is_symbol(*at, b';'))
                    .unwrap_or(end);
                Statement::new(self.text, self.functions, self.tables, at)
                    .until(limit)
                    .read();
                at = limit;
            } else {
                at += 1;
            }
        }
    }

    fn changes_tables(&self, at: usize) -> bool {
        matches!(
            self.text.keyword(at),
            Some(
                Keyword::Create
                    | Keyword::Alter
                    | Keyword::Drop
                    | Keyword::Truncate
                    | Keyword::Rename
            )
        )
    }

    /// A program of MySQL or SQLite reaches to the end of the text; PostgreSQL's is a string, or has
    /// `BEGIN ATOMIC`.
    pub(super) fn program_end(&self) -> usize {
        let end = self.end();
        let is_string = self.text.backend == DbBackend::Postgres
            && !(self.start..end).any(|at| self.text.is_any_raw(at, &["ATOMIC", "RULE"]));
        if is_string { end } else { self.text.len() }
    }
}
