use sea_orm::DbBackend;

use super::super::Functions;
use super::super::functions::CallName;
use super::super::lexer::{Keyword, Reading, SqlText, TokenKind};
use super::{Name, NamedTables};

/// Notes the relations that are named in strings, in any text: `'report'::regclass`, `pg_table_size('report')`, and what a user's
/// function takes whose argument is a `regclass`.
pub(crate) fn note_relation_names(
    text: &SqlText<'_>,
    functions: &Functions,
    tables: &mut NamedTables,
) {
    if text.backend != DbBackend::Postgres {
        return;
    }
    let mut is_told: Vec<bool> = Vec::new();
    for at in 0..text.len() {
        match text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => is_told.push(is_told_relation(text, at, functions)),
            Some(TokenKind::Symbol(b')')) => {
                is_told.pop();
            }
            _ => {}
        }
        if follows_string(text, at) {
            continue;
        }
        let Some((string, end)) = text.string(at) else {
            continue;
        };
        let is_argument = is_told.last() == Some(&true) && is_whole(text, at, end);
        if is_argument || is_cast(text, at, end) {
            note(&string, tables);
        }
    }
}

fn is_told_relation(text: &SqlText<'_>, open: usize, functions: &Functions) -> bool {
    let name = open
        .checked_sub(1)
        .filter(|last| text.is_name(*last))
        .and_then(|_| Name::before(text, open));
    name.is_some_and(|name| {
        functions.names_relation(&CallName {
            quoted: text.kind(name.end - 1) != Some(TokenKind::Word(Keyword::Other)),
            schema: name.schema,
            name: name.name,
        })
    })
}

/// Whether a string only goes on here, of which the beginning is known.
fn follows_string(text: &SqlText<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    text.is_string(at) && (text.is_string(before) || text.is_symbol(before, b'&'))
}

/// Whether a string is all of an argument, but for a cast.
fn is_whole(text: &SqlText<'_>, at: usize, end: usize) -> bool {
    let begins = [b'(', b',', b'>', b'=']
        .into_iter()
        .any(|symbol| text.follows_symbol(at, symbol));
    let ends = [b')', b',', b':']
        .into_iter()
        .any(|symbol| text.is_symbol(end, symbol));
    begins && ends
}

/// Whether a string is made a relation: `'a'::regclass`, `CAST('a' AS regclass)`, `regclass 'a'`.
fn is_cast(text: &SqlText<'_>, at: usize, end: usize) -> bool {
    let is_regclass = |at: usize| {
        let name = Name::at(text, at);
        name.is_some_and(|name| {
            name.name == "regclass" && name.schema.as_deref().is_none_or(|of| of == "pg_catalog")
        })
    };
    let is_before = text.is_name(at.wrapping_sub(1))
        && Name::before(text, at).is_some_and(|name| is_regclass(name.start));
    let behind_colons = text.is_symbol(end, b':') && text.is_symbol(end + 1, b':');
    is_before
        || behind_colons && is_regclass(end + 2)
        || text.is(end, Keyword::As) && is_regclass(end + 1)
}

/// A name in a string follows the rules of a name in SQL: `'app."Report"'`.
fn note(string: &str, tables: &mut NamedTables) {
    let inner = SqlText::read(DbBackend::Postgres, string, Reading::default());
    if let Some(name) = Name::at(&inner, 0).filter(|name| name.end == inner.len()) {
        tables.add_told_perhaps(&name);
    }
}
