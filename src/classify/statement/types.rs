use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, SqlText, TokenKind};
use super::super::walk::{Name, NamedTables, is_own_type};

/// The places in a definition of PostgreSQL's where a type stands: each table is one, with the same name.
#[derive(Debug, Default)]
pub(super) struct TypePlaces {
    /// What the open parentheses hold.
    lists: Vec<List>,
    /// The comma behind the arguments of a function: another function's may follow.
    between: Option<usize>,
    /// The `)` behind such arguments.
    closed: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// Names, each with its type.
    Columns,
    /// Types, each perhaps behind a name.
    Arguments,
    /// `(t AS u)` of a cast.
    Cast,
    Other,
}

/// Parts of a definition whose value is a type: `LEFTARG = t`.
const PARTS: [&str; 9] = [
    "BASETYPE", "ELEMENT", "LEFTARG", "LIKE", "MSTYPE", "RIGHTARG", "STYPE", "STYPE1", "SUBTYPE",
];

/// What may stand before an argument's name or its type.
const MODES: [&str; 4] = ["IN", "OUT", "INOUT", "VARIADIC"];

/// Words that begin a part of a table's definition which is no column.
const NO_COLUMN: [&str; 8] = [
    "CHECK",
    "CONSTRAINT",
    "EXCLUDE",
    "FOREIGN",
    "LIKE",
    "NOT",
    "PRIMARY",
    "UNIQUE",
];

/// Words that follow a name where no type does.
const NO_TYPE: [&str; 12] = [
    "ARRAY",
    "CHECK",
    "COLLATE",
    "CONSTRAINT",
    "DEFAULT",
    "NOT",
    "NULL",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "UNIQUE",
    "WITH",
];

/// Words behind that of an own type which belong to it: `double precision`, `timestamp without time zone`.
const SECOND_WORDS: [&str; 9] = [
    "DAY",
    "HOUR",
    "MINUTE",
    "MONTH",
    "PRECISION",
    "SECOND",
    "VARYING",
    "WITHOUT",
    "YEAR",
];

impl TypePlaces {
    /// Notes the type that a token leads to.
    pub(super) fn step(
        &mut self,
        text: &SqlText<'_>,
        start: usize,
        at: usize,
        tables: &mut NamedTables,
    ) {
        if text.backend != DbBackend::Postgres {
            return;
        }
        let place = match text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => self.open(text, at),
            Some(TokenKind::Symbol(b')')) => {
                if self.lists.pop() == Some(List::Arguments) {
                    self.closed = Some(at);
                }
                None
            }
            Some(TokenKind::Symbol(b',')) => {
                if at > 0 && self.closed == Some(at - 1) {
                    self.between = Some(at);
                }
                self.element(text, at + 1)
            }
            Some(TokenKind::Word(keyword)) => self.word(text, start, at, keyword),
            _ => None,
        };
        if let Some(at) = place {
            note(text, at, tables);
        }
    }

    fn open(&mut self, text: &SqlText<'_>, at: usize) -> Option<usize> {
        let list = self.list(text, at);
        self.lists.push(list);
        self.element(text, at + 1)
    }

    fn element(&self, text: &SqlText<'_>, at: usize) -> Option<usize> {
        match self.lists.last()? {
            List::Columns => of_column(text, at),
            List::Arguments => of_argument(text, at),
            List::Cast => Some(at),
            List::Other => None,
        }
    }

    /// What a parenthesis holds, by what stands before it.
    fn list(&self, text: &SqlText<'_>, at: usize) -> List {
        let returns = at > 1 && text.is(at - 1, Keyword::Table) && text.is_raw(at - 2, "RETURNS");
        if returns || at > 0 && text.is_raw(at - 1, "COLUMNS") {
            return List::Columns;
        }
        // `CREATE CAST (t AS u)`, `DROP CAST IF EXISTS (t AS u)`
        let cast = at.wrapping_sub(if text.follows(at, Keyword::Exists) {
            3
        } else {
            1
        });
        let verbs = ["CREATE", "DROP", "ON", "ADD"];
        if text.is_raw(cast, "CAST") && text.is_any_raw(cast.wrapping_sub(1), &verbs) {
            return List::Cast;
        }
        if self.is_operator(text, at) {
            return List::Arguments;
        }
        let title = match text.is(at.wrapping_sub(1), Keyword::As) {
            // `CREATE TYPE t AS (…)`
            true => Name::before(text, at - 1),
            false => Name::before(text, at),
        };
        let Some(before) = title.and_then(|name| name.start.checked_sub(1)) else {
            return List::Other;
        };
        // `DROP FUNCTION f (t), g (u)`, `FUNCTION 1 (t, u) f (t, u)`
        if self.between == Some(before) || self.closed == Some(before) {
            return List::Arguments;
        }
        // `CREATE TABLE IF NOT EXISTS t (…)`, `DROP FUNCTION IF EXISTS f (…)`
        let word = match (text.is(before, Keyword::Exists), text.kind(before)) {
            (true, _) => {
                let is_negated = text.is(before.wrapping_sub(1), Keyword::Not);
                before.saturating_sub(1 + usize::from(is_negated))
            }
            // The support functions of an operator class have numbers.
            (_, Some(TokenKind::Number)) => before,
            _ => before + 1,
        };
        let Some(word) = word.checked_sub(1) else {
            return List::Other;
        };
        let follows = |words: &[&str]| text.is_any_raw(word.wrapping_sub(1), words);
        match text.keyword(word) {
            Some(Keyword::Table) => List::Columns,
            Some(Keyword::Type) if text.is(at.wrapping_sub(1), Keyword::As) => List::Columns,
            Some(Keyword::Prepare) => List::Arguments,
            // The arguments of a trigger's are strings.
            Some(Keyword::Function | Keyword::Procedure) if !follows(&["EXECUTE"]) => {
                List::Arguments
            }
            Some(_) if text.is_any_raw(word, &["AGGREGATE", "ROUTINE"]) => List::Arguments,
            _ => List::Other,
        }
    }

    /// `OPERATOR s.<= (t, u)`, of which an operator has at most 63 bytes and mostly few.
    fn is_operator(&self, text: &SqlText<'_>, at: usize) -> bool {
        let mut before = at;
        while let Some(TokenKind::Symbol(symbol)) = text.before(before)
            && b"+-*/<>=~!@#%^&|`?".contains(&symbol)
            && at - before < 64
        {
            before -= 1;
        }
        if before == at {
            // The support functions of an operator class: `FUNCTION 1 (t, u) f (t, u)`.
            return at > 1
                && text.kind(at - 1) == Some(TokenKind::Number)
                && (text.is(at - 2, Keyword::Function) || text.is(at - 2, Keyword::Operator));
        }
        if text.follows_symbol(before, b'.') {
            before = before.saturating_sub(2);
        }
        if text.before(before) == Some(TokenKind::Number) {
            before -= 1;
        }
        // `DROP OPERATOR < (t, u), > (t, u)`
        if before > 0 && self.between == Some(before - 1) {
            return true;
        }
        let is_conditional = text.follows(before, Keyword::Exists);
        text.is(
            before.wrapping_sub(if is_conditional { 3 } else { 1 }),
            Keyword::Operator,
        )
    }

    fn word(&self, text: &SqlText<'_>, start: usize, at: usize, keyword: Keyword) -> Option<usize> {
        let is = |words: &[&str]| text.is_any_raw(at, words);
        let next = at + 1;
        match keyword {
            Keyword::By => (self.lists.last() == Some(&List::Arguments))
                .then(|| of_argument(text, next))
                .flatten(),
            Keyword::As if self.lists.last() == Some(&List::Cast) => Some(next),
            // `ALTER COLUMN c TYPE t`, `OPERATOR CLASS o FOR TYPE t`, but not `DROP TYPE t`, `ACCESS METHOD m TYPE TABLE`
            Keyword::Type => {
                let is_of_column = text.is(start, Keyword::Alter)
                    && at > start + 1
                    && !text.follows(at, Keyword::On)
                    && text.is_name(at - 1);
                (is_of_column || text.follows(at, Keyword::For)).then_some(next)
            }
            _ if is(&["RETURNS"]) => (!text.is_any_raw(next, &["TABLE", "SETOF"])
                && !text.is(next, Keyword::Null))
            .then_some(next),
            _ if is(&["SETOF"]) => Some(next),
            _ if is(&["ADD"])
                && alters_columns(text, start)
                && !text.is_any_raw(at.wrapping_sub(1), &["RENAME", "COLUMN"]) =>
            {
                of_column(text, after_conditions(text, next))
            }
            _ if is(&["DOMAIN"]) && text.follows(at, Keyword::Create) => {
                let end = Name::at(text, next)?.end;
                Some(end + usize::from(text.is(end, Keyword::As)))
            }
            _ if is(&["TRANSFORM"]) => {
                let next = after_conditions(text, next);
                text.is(next, Keyword::For).then_some(next + 1)
            }
            _ if is(&["STORAGE"]) && !text.follows(at, Keyword::Set) => Some(next),
            _ if text.is_symbol(next, b'=') && is(&PARTS) && has_parts(text, start) => Some(at + 2),
            _ => None,
        }
    }
}

/// Whether a statement defines what has parts with a value each: elsewhere `subtype = report` compares columns.
fn has_parts(text: &SqlText<'_>, start: usize) -> bool {
    let replaces = text.is(start + 1, Keyword::Or);
    let what = start + if replaces { 3 } else { 1 };
    text.is(start, Keyword::Create)
        && (text.is(what, Keyword::Type)
            || text.is(what, Keyword::Operator)
            || text.is_raw(what, "AGGREGATE"))
}

/// Whether a statement may add columns: `ALTER GROUP` adds users.
fn alters_columns(text: &SqlText<'_>, start: usize) -> bool {
    text.is(start, Keyword::Alter)
        && (text.is(start + 1, Keyword::Table)
            || text.is(start + 1, Keyword::Type)
            || text.is_raw(start + 1, "FOREIGN"))
}

/// The position after `COLUMN`, `ATTRIBUTE` and `IF [NOT] EXISTS`.
fn after_conditions(text: &SqlText<'_>, mut at: usize) -> usize {
    let is_word = text.is_any_raw(at, &["COLUMN", "ATTRIBUTE"]);
    // It may be the name of a column.
    at += usize::from(is_word && (text.is_name(at + 2) || text.is(at + 1, Keyword::If)));
    if text.is(at, Keyword::If) && text.is(at + 1, Keyword::Not) {
        at += 3;
    } else if text.is(at, Keyword::If) && text.is(at + 1, Keyword::Exists) {
        at += 2;
    }
    at
}

/// The type of the column that is defined at a position.
fn of_column(text: &SqlText<'_>, at: usize) -> Option<usize> {
    let is_column = text.is_name(at) && !text.is_any_raw(at, &NO_COLUMN);
    (is_column && text.is_name(at + 1)).then_some(at + 1)
}

/// The type of an argument: behind a name, or alone.
fn of_argument(text: &SqlText<'_>, mut at: usize) -> Option<usize> {
    while text.is_any_raw(at, &MODES) && text.is_name(at + 1) {
        at += 1;
    }
    let name = Name::at(text, at).filter(|_| text.is_name(at))?;
    let mut next = name.end;
    while text.is_any_raw(next, &MODES) && text.is_name(next + 1) {
        next += 1;
    }
    let has_name = name.end == at + 1
        && text.is_name(next)
        && !text.is_any_raw(next, &NO_TYPE)
        && (!is_own_type(&name) || !text.is_any_raw(next, &SECOND_WORDS));
    Some(if has_name { next } else { at })
}

/// `t.c%TYPE` names the table; any other name may be that of one.
fn note(text: &SqlText<'_>, at: usize, tables: &mut NamedTables) {
    let is_type = text.is_name(at) && !text.is_any_raw(at, &NO_TYPE);
    let Some(name) = Name::at(text, at).filter(|_| is_type) else {
        return;
    };
    let is_of_column = text.is_symbol(name.end, b'%') && text.is(name.end + 1, Keyword::Type);
    match name.without_last(text).filter(|_| is_of_column) {
        Some(table) => tables.add(&table, Usage::Read),
        None if is_own_type(&name) => {}
        None => tables.add_perhaps(&name),
    }
}
