use sea_orm::DbBackend;

use super::super::lexer::{SqlText, TokenKind};
use super::NamedTables;

/// Columns of catalogues that hold the name of a table.
const COLUMNS: [&str; 12] = [
    "event_object_table",
    "indexrelname",
    "matviewname",
    "referenced_table_name",
    "relname",
    "sequence_name",
    "sequencename",
    "table",
    "table_name",
    "tablename",
    "view_name",
    "viewname",
];

/// What may stand between such a column and a name that it is compared with.
const BETWEEN: [&str; 16] = [
    "U", "N", "ANY", "ARRAY", "AS", "BINARY", "CAST", "CHAR", "COLLATE", "ILIKE", "IN", "LIKE",
    "LOWER", "NAME", "TEXT", "UPPER",
];

/// Notes the tables that a catalogue is asked about by name, in any text:
/// `FROM information_schema.columns WHERE table_name = 'report'`.
///
/// SQLite's relations have such a rule in the walk, as there any string counts.
pub(crate) fn note_rows_about_tables(text: &SqlText<'_>, tables: &mut NamedTables) {
    let backend = text.backend;
    if backend == DbBackend::Sqlite || !tables.any(|table| table.is_catalogue(backend)) {
        return;
    }
    let mut is_compared = false;
    for at in 0..text.len() {
        match text.kind(at) {
            Some(TokenKind::String) if is_compared || is_column(text, behind_equals(text, at)) => {
                if let Some(name) = name_in(text, at) {
                    tables.add_told_name(None, name);
                }
            }
            Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped)
                if !text.is_any_raw(at, &BETWEEN) || is_column(text, at) =>
            {
                is_compared = is_column(text, at);
            }
            _ => {}
        }
    }
}

fn is_column(text: &SqlText<'_>, at: usize) -> bool {
    text.is_name(at) && COLUMNS.contains(&text.name(at).to_ascii_lowercase().as_str())
}

/// Where the column stands to which a string is equal: `'report' = c.table_name`.
fn behind_equals(text: &SqlText<'_>, at: usize) -> usize {
    match text.is_symbol(at + 1, b'=') {
        true if text.is_symbol(at + 3, b'.') => at + 4,
        true => at + 2,
        false => text.len(),
    }
}

/// The string as it is: such a name has no quotes of its own.
fn name_in(text: &SqlText<'_>, at: usize) -> Option<String> {
    match text.backend {
        DbBackend::Postgres if text.follows_symbol(at, b'&') => {
            text.string(at.checked_sub(2)?).map(|(name, _)| name)
        }
        DbBackend::Postgres => text.string(at).map(|(name, _)| name),
        _ => Some(text.name(at).into_owned()),
    }
}
