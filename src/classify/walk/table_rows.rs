use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, SqlText};
use super::super::table::is_of_all_tables;
use super::comparison::{Compared, compared};
use super::{Name, NamedTables};

/// Columns of catalogues that hold the name of a table.
const TABLES: [&str; 11] = [
    "event_object_table",
    "foreign_table_name",
    "matviewname",
    "object_name",
    "objname",
    "referenced_table_name",
    "relname",
    "table_name",
    "tablename",
    "view_name",
    "viewname",
];

/// The same on SQLite. `name` is that of an index or trigger where another column has the table; SeaORM's `has_table` calls it
/// `table_name`.
const OF_SQLITE: [&str; 5] = ["arg", "name", "table_name", "tbl", "tbl_name"];

/// Columns beside them that hold its schema, or its database.
const SCHEMAS: [&str; 7] = [
    "database_name",
    "event_object_schema",
    "foreign_table_schema",
    "object_schema",
    "schemaname",
    "table_schema",
    "view_schema",
];

/// Notes the tables that a catalogue is asked about by name, in any text:
/// `FROM information_schema.columns WHERE table_name = 'report'`.
pub(crate) fn note_rows_about_tables(text: &SqlText<'_>, tables: &mut NamedTables) {
    let backend = text.backend;
    if backend == DbBackend::Sqlite {
        if tables.is_told() {
            note_of_sqlite(text, tables);
        }
        return;
    }
    if !tables.any(|table| table.is_catalogue(backend)) {
        return;
    }
    let named = compared(text, 0..text.len(), |column| TABLES.contains(&column));
    if named.is_empty() {
        return;
    }
    let schemas = compared(text, 0..text.len(), |column| SCHEMAS.contains(&column));
    let mut schemas: Vec<_> = schemas
        .iter()
        .filter_map(|schema| string(text, schema.string))
        .collect();
    schemas.dedup();
    let schema = match schemas.as_slice() {
        [schema] => Some(schema),
        _ => None,
    };
    for name in named.iter().filter_map(|name| string(text, name.string)) {
        tables.add_told_name(schema.cloned(), name);
    }
}

fn note_of_sqlite(text: &SqlText<'_>, tables: &mut NamedTables) {
    let inserts = [Keyword::Insert, Keyword::Replace];
    let is_filled = tables
        .any(|table| table.usage == Usage::Write && is_of_all_tables(&table.name))
        && (0..text.len()).any(|at| inserts.iter().any(|verb| text.is(at, *verb)));
    if is_filled {
        for at in (0..text.len()).filter(|at| text.is_string(*at)) {
            note(text, at, tables);
        }
        return;
    }
    let named = compared(text, 0..text.len(), |column| OF_SQLITE.contains(&column));
    let is_name = |found: &Compared| text.name(found.column).eq_ignore_ascii_case("name");
    let has_table = named.iter().any(|found| !is_name(found));
    for found in named.iter().filter(|found| !(has_table && is_name(found))) {
        note(text, found.string, tables);
    }
}

fn note(text: &SqlText<'_>, at: usize, tables: &mut NamedTables) {
    if let Some(name) = Name::at(text, at) {
        tables.add_perhaps(&name);
    }
}

/// The string as it is: such a name has no quotes of its own.
fn string(text: &SqlText<'_>, at: usize) -> Option<String> {
    match text.backend {
        DbBackend::Postgres if text.follows_symbol(at, b'&') => {
            text.string(at.checked_sub(2)?).map(|(name, _)| name)
        }
        DbBackend::Postgres => text.string(at).map(|(name, _)| name),
        _ => Some(text.name(at).into_owned()),
    }
}
