use sea_orm::DbBackend;

use super::super::lexer::{Keyword, Reading, SqlText, TokenKind};
use super::super::walk::{Name, NamedTables};
use super::super::{Functions, Reason, Usage};
use super::Statement;

/// Words behind which a name is no table's: that of a column, of another object, of a role.
const NO_TABLE: [&str; 65] = [
    "ADD",
    "AFTER",
    "AGGREGATE",
    "ALTER",
    "AS",
    "ATTRIBUTE",
    "AUTHORIZATION",
    "BY",
    "CALL",
    "CHANGE",
    "CHARSET",
    "CHECK",
    "COLLATE",
    "COLLATION",
    "COLUMN",
    "CONSTRAINT",
    "CONVERSION",
    "DATABASE",
    "DECLARE",
    "DEFAULT",
    "DOMAIN",
    "DROP",
    "ENGINE",
    "EVENT",
    "EXISTS",
    "EXTENSION",
    "FIRST",
    "FUNCTION",
    "GROUP",
    "HANDLER",
    "INDEX",
    "INLINE",
    "KEY",
    "LANGUAGE",
    "LIBRARY",
    "MAPPING",
    "METHOD",
    "MODIFY",
    "OF",
    "OPERATOR",
    "OWNER",
    "PACKAGE",
    "PARTITION",
    "PLUGIN",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "RENAME",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SERVER",
    "STATISTICS",
    "SUBPARTITION",
    "SUBSCRIPTION",
    "TABLESPACE",
    "TO",
    "TRIGGER",
    "TYPE",
    "USER",
    "USING",
    "VALIDATOR",
    "WRAPPER",
    "EXECUTE",
];

/// Words behind which parentheses hold columns, expressions or options.
const OF_NO_TABLES: [&str; 32] = [
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
    "INDEXES",
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
    "SYSTEM_TIME",
    "THAN",
    "TO",
    "UNIQUE",
    "UPDATE",
    "VALUES",
    "WHEN",
    "WHERE",
];

/// What parentheses hold, as far as tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Anything,
    /// The parts of a table that is made.
    Columns,
    NoTables,
}

impl Statement<'_, '_> {
    /// Notes the names that no rule took for those of tables, objects or columns, outside of the queries that were walked.
    pub(super) fn note_loose(&mut self, end: usize, walked: &[(usize, usize)]) {
        let mut walked = walked.iter().peekable();
        // What each of the open parentheses holds.
        let mut open: Vec<Held> = Vec::new();
        let mut at = self.start + 1;
        while at < end {
            while let Some((_, stop)) = walked.next_if(|(start, _)| *start <= at) {
                at = at.max(*stop);
            }
            if at >= end {
                return;
            }
            let held = open.last().copied().unwrap_or(Held::Anything);
            at = match self.text.kind(at) {
                Some(TokenKind::Symbol(b'(')) => {
                    open.push(match held {
                        Held::NoTables => Held::NoTables,
                        _ => self.held(at),
                    });
                    at + 1
                }
                Some(TokenKind::Symbol(b')')) => {
                    open.pop();
                    at + 1
                }
                // `UPDATE HISTOGRAM ON a, b`
                _ if self.text.is_raw(at, "HISTOGRAM") => return,
                // Expressions follow, to the end of the statement or list.
                Some(TokenKind::Word(Keyword::Where)) => {
                    match open.last_mut() {
                        Some(held) => *held = Held::NoTables,
                        None => return,
                    }
                    at + 1
                }
                Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped) => {
                    let name = Name::at(self.text, at);
                    let next = name.as_ref().map_or(at + 1, |name| name.end);
                    if let Some(name) = name.filter(|_| held != Held::NoTables)
                        && self.is_loose(&name)
                        && !self.is_column(&name, held, !open.is_empty())
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

    /// `(report int, …)`, and on SQLite `(report, …)`.
    fn is_column(&self, name: &Name<'_>, held: Held, is_enclosed: bool) -> bool {
        let at = name.start;
        let begins_element =
            self.text.follows_symbol(at, b'(') || self.text.follows_symbol(at, b',');
        let has_type = self.text.is_name(name.end);
        is_enclosed && begins_element && (has_type || held == Held::Columns)
    }

    fn is_loose(&self, name: &Name<'_>) -> bool {
        let at = name.start;
        let is_word_of_grammar = name
            .keyword(self.text)
            .is_some_and(|keyword| keyword != Keyword::Other);
        let told = is_word_of_grammar
            || self.tables.has_named(at)
            || self.is_operand(name)
            || self.is_named_by_words(at)
            || self.is_of_user(name);
        !told
    }

    /// Whether the words before a position say that no table's name follows.
    fn is_named_by_words(&self, at: usize) -> bool {
        let before = |distance: usize| at.wrapping_sub(distance);
        let is_column =
            self.text.is_raw(before(3), "CHANGE") && self.text.is(before(2), Keyword::Column);
        let is_index =
            self.text.follows(at, Keyword::On) && self.text.is(before(2), Keyword::Cluster);
        let is_role =
            self.text.is(self.start, Keyword::Revoke) && self.text.follows(at, Keyword::From);
        self.text.is_any_raw(before(1), &NO_TABLE)
            || is_role
            // `ALTER TABLE c CLUSTER ON i`
            || is_index
            // MySQL's `CHANGE a report int`
            || self.text.is_raw(before(2), "CHANGE")
            || is_column
    }

    /// `'a'@report`, `report@'%'`, and `report.*`, which is all of a database.
    fn is_of_user(&self, name: &Name<'_>) -> bool {
        let behind = self.text.kind(name.end);
        self.text.follows_symbol(name.start, b'@')
            || matches!(
                behind,
                Some(TokenKind::Variable | TokenKind::Symbol(b'@' | b'.'))
            )
    }

    /// Whether an operator stands beside a name; a table may be the value of an option.
    fn is_operand(&self, name: &Name<'_>) -> bool {
        let is_operator = |symbol: &u8| b"+-*/<>|&!%^~:".contains(symbol);
        let before = self.text.before(name.start);
        let behind = self.text.kind(name.end);
        matches!(before, Some(TokenKind::Symbol(symbol)) if is_operator(&symbol))
            || matches!(behind, Some(TokenKind::Symbol(symbol)) if is_operator(&symbol) || symbol == b'=')
    }

    /// What the parentheses at a position hold: no tables behind a name, as columns and arguments do, but the parts of a
    /// table that is made.
    fn held(&self, open: usize) -> Held {
        let name = Name::before(self.text, open);
        let Some((name, before)) = name.and_then(|name| {
            let before = name.start.checked_sub(1)?;
            Some((name, before))
        }) else {
            return Held::Anything;
        };
        let is_made = self.text.is(self.start, Keyword::Create)
            && (self.text.is(before, Keyword::Table) || self.text.is(before, Keyword::Exists));
        let is_plain = name
            .keyword(self.text)
            .is_none_or(|keyword| keyword == Keyword::Other);
        match () {
            () if is_made => Held::Columns,
            () if self.text.is_any_raw(open - 1, &OF_NO_TABLES) => Held::NoTables,
            () if is_plain && self.has_arguments(&name) => Held::NoTables,
            () => Held::Anything,
        }
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

    /// Whether the names in it are a session's, a role's or a setting's.
    pub(super) fn names_no_tables(&self, reason: &Reason) -> bool {
        let rights = matches!(
            self.text.keyword(self.start),
            Some(Keyword::Grant | Keyword::Revoke)
        );
        let is_of_roles = rights
            && (self.find(self.start, Keyword::On).is_none()
                || self.text.is_raw(self.start + 1, "PROXY"));
        let is_of_users = self.text.is(self.start, Keyword::Show)
            && self.text.is_any_raw(self.start + 1, &["GRANTS"]);
        let is_notice = self.text.is(self.start, Keyword::Notify);
        // `DESCRIBE t column`
        let is_described = matches!(
            self.text.keyword(self.start),
            Some(Keyword::Describe | Keyword::Desc)
        );
        // A file's or a schema's.
        let is_vacuum =
            self.text.backend == DbBackend::Sqlite && self.text.is(self.start, Keyword::Vacuum);
        let is_of_session = matches!(reason, Reason::Session(_))
            && !matches!(
                self.text.keyword(self.start),
                Some(Keyword::Create | Keyword::Drop)
            );
        is_of_session || is_of_roles || is_of_users || is_notice || is_described || is_vacuum
    }

    /// Notes the tables in the body of a routine or trigger, and in texts that run as programs: the server looks into them
    /// when they run.
    pub(super) fn note_loose_of_bodies(&mut self, end: usize) {
        let mut found = NamedTables::default();
        if let Some(body) = self.body() {
            tables_of_body(self.text, self.functions, body + 1, end, &mut found);
        }
        if self.runs_texts() {
            tables_of_texts(self.text, self.functions, self.start, end, 2, &mut found);
        }
        self.tables.add_all_loose(found);
    }

    /// `DO '…'`, `CREATE FUNCTION … AS '…'`, `EXECUTE IMMEDIATE '…'`, `PREPARE p FROM '…'`, and programs, which may hold
    /// the last two.
    fn runs_texts(&self) -> bool {
        match self.text.keyword(self.start) {
            Some(Keyword::Do) => !self.text.is_mysql(),
            Some(Keyword::Create) => {
                let is_program = |(object, _)| object == super::define::Object::Program;
                self.object().is_some_and(is_program)
            }
            Some(Keyword::Execute | Keyword::Prepare) => self.text.is_mysql(),
            _ => self.text.is_mysql() && self.program.is_some(),
        }
    }
}

/// The tables in the strings of a text, as far as they are programs or statements, and in the strings in those.
fn tables_of_texts(
    text: &SqlText<'_>,
    functions: &Functions,
    from: usize,
    end: usize,
    depth: usize,
    found: &mut NamedTables,
) {
    let mut at = from;
    while at < end {
        let string = match text.backend {
            DbBackend::Postgres => text.string(at),
            _ => text
                .is_string(at)
                .then(|| (text.name(at).into_owned(), at + 1)),
        };
        let Some((body, next)) = string else {
            at += 1;
            continue;
        };
        at = next;
        let body = SqlText::read(text.backend, &body, Reading::default());
        // `EXECUTE IMMEDIATE CONCAT('DELETE FROM ', 'report')`
        let runs = matches!(
            text.keyword(from),
            Some(Keyword::Execute | Keyword::Prepare)
        );
        if let Some(name) = Name::at(&body, 0).filter(|name| runs && name.end == body.len()) {
            found.add(&name, Usage::Read);
        }
        tables_of_body(&body, functions, 0, body.len(), found);
        if depth > 1 {
            tables_of_texts(&body, functions, 0, body.len(), depth - 1, found);
        }
    }
}

/// The tables of a program of which nobody knows the language: those of its statements, and the names behind the words
/// that a table follows.
fn tables_of_body(
    text: &SqlText<'_>,
    functions: &Functions,
    from: usize,
    end: usize,
    found: &mut NamedTables,
) {
    let mut body = Statement::new(text, functions, found, from);
    body.program = Some(from);
    body.is_of_others = true;
    body.look_inside(end);
    for at in from..end {
        let leads = matches!(
            text.keyword(at),
            Some(Keyword::From | Keyword::Join | Keyword::Into | Keyword::Update | Keyword::Table)
        );
        let is_of_type =
            text.is_symbol(at + 1, b'%') && text.is_any_raw(at + 2, &["TYPE", "ROWTYPE"]);
        let name = match leads {
            true => Name::at(text, at + 1),
            false if is_of_type => Name::before(text, at + 1),
            false => None,
        };
        if let Some(name) = name {
            found.add(&name, Usage::Read);
            if let Some(table) = name.without_last(text).filter(|_| is_of_type) {
                found.add(&table, Usage::Read);
            }
        }
    }
}
