use sea_orm::DbBackend;

use super::super::lexer::{Keyword, SqlText, TokenKind};
use super::{Name, NamedTables, is_own_type};

/// What open parentheses hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// `CAST (… AS t)`
    Cast,
    /// `JSON_QUERY(… RETURNING t)` and its kin.
    Json,
    /// `XMLTABLE(… COLUMNS a t)`
    Xml,
    /// Columns of such a table, each with its type.
    Columns,
    Other,
}

/// Notes the types that an expression names, in any text: each table of PostgreSQL is one,
/// `json_populate_record(NULL::report, …)`.
pub(crate) fn note_row_types(text: &SqlText<'_>, tables: &mut NamedTables) {
    if text.backend != DbBackend::Postgres {
        return;
    }
    let mut lists: Vec<List> = Vec::new();
    for at in 0..text.len() {
        let list = lists.last().copied().unwrap_or(List::Other);
        let place = match text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => {
                lists.push(list_before(text, at));
                let opens_columns = lists.last() == Some(&List::Columns);
                opens_columns.then(|| of_column(text, at + 1)).flatten()
            }
            Some(TokenKind::Symbol(b')')) => {
                lists.pop();
                None
            }
            Some(TokenKind::Symbol(b',')) if list == List::Columns => of_column(text, at + 1),
            Some(TokenKind::Symbol(b':')) if text.follows_symbol(at, b':') => Some(at + 1),
            Some(TokenKind::Word(Keyword::As)) if list == List::Cast => Some(at + 1),
            Some(TokenKind::Word(Keyword::Returning)) if list == List::Json => Some(at + 1),
            Some(TokenKind::Word(Keyword::Columns)) if list == List::Xml => {
                if let Some(list) = lists.last_mut() {
                    *list = List::Columns;
                }
                of_column(text, at + 1)
            }
            _ => None,
        };
        if let Some(name) = place.and_then(|at| Name::at(text, at))
            && !is_own_type(&name)
        {
            tables.add_perhaps(&name);
        }
    }
}

fn list_before(text: &SqlText<'_>, open: usize) -> List {
    let word = text.raw(open.wrapping_sub(1));
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    let starts = |known: &str| {
        word.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
    };
    match () {
        () if is("CAST") || is("TREAT") => List::Cast,
        () if is("COLUMNS") => List::Columns,
        () if is("XMLTABLE") => List::Xml,
        () if is("XMLSERIALIZE") => List::Cast,
        () if starts("JSON_") => List::Json,
        () => List::Other,
    }
}

/// The type of a column of `JSON_TABLE` or `XMLTABLE`: `a t PATH '$.a'`.
fn of_column(text: &SqlText<'_>, at: usize) -> Option<usize> {
    let is_column =
        text.is_name(at) && !text.is_raw(at, "NESTED") && !text.is(at + 1, Keyword::For);
    (is_column && text.is_name(at + 1)).then_some(at + 1)
}
