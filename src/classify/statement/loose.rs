use sea_orm::DbBackend;

use super::super::lexer::{Keyword, Reading, SqlText, TokenKind};
use super::super::walk::{Name, NamedTables};
use super::Statement;

/// Words behind which a name is no table's: that of a column, of another object, of a role.
const NO_TABLE: [&str; 54] = [
    "ADD",
    "AFTER",
    "AGGREGATE",
    "ALTER",
    "ATTRIBUTE",
    "AUTHORIZATION",
    "BY",
    "CALL",
    "CHANGE",
    "CHARSET",
    "COLLATE",
    "COLLATION",
    "COLUMN",
    "CONSTRAINT",
    "CONVERSION",
    "DATABASE",
    "DOMAIN",
    "DROP",
    "ENGINE",
    "EVENT",
    "EXISTS",
    "EXTENSION",
    "FIRST",
    "FUNCTION",
    "GROUP",
    "INDEX",
    "KEY",
    "LANGUAGE",
    "LIBRARY",
    "MAPPING",
    "MODIFY",
    "OF",
    "OPERATOR",
    "OWNER",
    "PACKAGE",
    "PARTITION",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLESPACE",
    "TO",
    "TRIGGER",
    "TYPE",
    "USER",
    "USING",
    "WRAPPER",
    "EXECUTE",
];

/// Words behind which parentheses hold columns, expressions or options.
const OF_NO_TABLES: [&str; 30] = [
    "AS",
    "CHECK",
    "COLUMN",
    "COLUMNS",
    "DEFAULT",
    "EXCLUDE",
    "FOR",
    "FROM",
    "GENERATED",
    "HASH",
    "IN",
    "INCLUDE",
    "INDEX",
    "INSERT",
    "KEY",
    "LIST",
    "ON",
    "OPTIONS",
    "PARTITION",
    "RANGE",
    "REFERENCES",
    "SELECT",
    "SET",
    "THAN",
    "TO",
    "UNIQUE",
    "UPDATE",
    "VALUES",
    "WHEN",
    "WHERE",
];

impl Statement<'_, '_> {
    /// Notes the names that no rule took for those of tables, objects or columns, outside of the queries that were walked.
    pub(super) fn note_loose(&mut self, end: usize, walked: &[(usize, usize)]) {
        let mut walked = walked.iter().peekable();
        // Whether tables may stand in each of the open parentheses.
        let mut open: Vec<bool> = Vec::new();
        let mut at = self.start + 1;
        while at < end {
            while let Some((_, stop)) = walked.next_if(|(start, _)| *start <= at) {
                at = at.max(*stop);
            }
            if at >= end {
                return;
            }
            let may = open.last().copied().unwrap_or(true);
            at = match self.text.kind(at) {
                Some(TokenKind::Symbol(b'(')) => {
                    open.push(may && self.may_hold_tables(at));
                    at + 1
                }
                Some(TokenKind::Symbol(b')')) => {
                    open.pop();
                    at + 1
                }
                Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped) => {
                    let name = Name::at(self.text, at);
                    let next = name.as_ref().map_or(at + 1, |name| name.end);
                    if let Some(name) = name.filter(|_| may)
                        && self.is_loose(&name, !open.is_empty())
                    {
                        self.tables.add_loose(&name);
                        if let Some(before) = name.without_last(self.text) {
                            self.tables.add_loose(&before);
                        }
                    }
                    next.max(at + 1)
                }
                _ => at + 1,
            };
        }
    }

    fn is_loose(&self, name: &Name<'_>, is_enclosed: bool) -> bool {
        let at = name.start;
        let is_word_of_grammar = name
            .keyword(self.text)
            .is_some_and(|keyword| keyword != Keyword::Other);
        let before = |distance: usize| at.wrapping_sub(distance);
        let begins_element =
            self.text.follows_symbol(at, b'(') || self.text.follows_symbol(at, b',');
        // `(report int, …)`
        let is_column = is_enclosed && begins_element && self.text.is_name(name.end);
        !is_word_of_grammar
            && !is_column
            && !self.tables.has_named(at)
            && !self.text.is_any_raw(before(1), &NO_TABLE)
            // MySQL's `CHANGE a report int`
            && !self.text.is_raw(before(2), "CHANGE")
            && !self.text.is_symbol(before(1), b'@')
    }

    /// Whether tables may stand in the parentheses at a position: not in those behind a name, as columns and arguments do,
    /// but among the parts of a table that is made.
    fn may_hold_tables(&self, open: usize) -> bool {
        let Some(name) = Name::before(self.text, open) else {
            return true;
        };
        let is_word = |words: &[&str]| self.text.is_any_raw(open - 1, words);
        let Some(before) = name.start.checked_sub(1) else {
            return true;
        };
        let is_made = self.text.is(before, Keyword::Table) || self.text.is(before, Keyword::Exists);
        let is_plain = name.keyword(self.text).is_none_or(|keyword| keyword == Keyword::Other);
        is_made || !is_word(&OF_NO_TABLES) && !(is_plain && self.has_arguments(&name))
    }

    /// Whether a name with parentheses behind it is one to which columns or arguments belong.
    fn has_arguments(&self, name: &Name<'_>) -> bool {
        let before = name.start.wrapping_sub(1);
        self.tables.has_named(name.start)
            || self.text.is_any_raw(before, &NO_TABLE)
            || matches!(
                self.text.before(name.start),
                Some(TokenKind::Symbol(_) | TokenKind::Word(Keyword::On | Keyword::Default))
            )
            || self.text.is_name(before) && self.text.is_any_raw(before, &["UNIQUE", "PRIMARY"])
    }

    /// Notes the tables in the body of a routine or trigger, and in texts that run as programs: the server looks into them
    /// when they run.
    pub(super) fn note_loose_of_bodies(&mut self, end: usize) {
        if self.has_body() {
            let found = self.tables_of_body(self.text, self.start + 1, end);
            self.tables.add_all_loose(found);
        }
        if !self.runs_texts() {
            return;
        }
        for at in self.start..end {
            if !self.text.is_string(at) {
                continue;
            }
            let body = match self.text.backend {
                DbBackend::Postgres => self.text.string(at).map(|(body, _)| body),
                _ => Some(self.text.name(at).into_owned()),
            };
            let body = body.unwrap_or_default();
            let body = SqlText::read(self.text.backend, &body, Reading::default());
            let found = self.tables_of_body(&body, 0, body.len());
            self.tables.add_all_loose(found);
        }
    }

    /// `DO '…'`, `CREATE FUNCTION … AS '…'`, `EXECUTE IMMEDIATE '…'`, `PREPARE p FROM '…'`
    fn runs_texts(&self) -> bool {
        match self.text.keyword(self.start) {
            Some(Keyword::Do) => !self.text.is_mysql(),
            Some(Keyword::Create) => {
                let is_program = |(object, _)| object == super::define::Object::Program;
                self.object().is_some_and(is_program)
            }
            Some(Keyword::Execute | Keyword::Prepare) => self.text.is_mysql(),
            _ => false,
        }
    }

    fn tables_of_body(&self, text: &SqlText<'_>, from: usize, end: usize) -> NamedTables {
        let mut found = NamedTables::default();
        let mut body = Statement::new(text, self.functions, &mut found, from);
        body.program = Some(from);
        body.is_of_others = true;
        body.look_inside(end);
        found
    }
}
