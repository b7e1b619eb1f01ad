use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, SqlText};
use super::super::table::is_of_all_tables;
use super::comparison::{Compared, compared};
use super::row_schemas::{RowSchemas, is_schema};
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
    let is_told = |column: &str| TABLES.contains(&column) || is_schema(column);
    let compared = compared(text, 0..text.len(), is_told);
    let schemas = RowSchemas::of(text, &compared);
    for name in compared
        .found
        .iter()
        .filter(|found| !is_schema(&column(text, found)))
    {
        if let Some(said) = string(text, name) {
            tables.add_told_name(schemas.of_name(name), said);
        }
    }
}

/// The name of the column.
pub(super) fn column(text: &SqlText<'_>, found: &Compared) -> String {
    text.name(found.column).to_ascii_lowercase()
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
    let named = compared(text, 0..text.len(), |column| OF_SQLITE.contains(&column)).found;
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

/// The string as it is, but for its case: such a name has no quotes of its own.
pub(super) fn string(text: &SqlText<'_>, found: &Compared) -> Option<String> {
    let at = found.string;
    let said = match text.backend {
        DbBackend::Postgres if text.follows_symbol(at, b'&') => text.string(at.checked_sub(2)?)?.0,
        DbBackend::Postgres => text.string(at)?.0,
        _ => {
            let parts = (at..).take_while(|part| *part == at || text.goes_on(*part));
            parts.map(|part| text.name(part)).collect()
        }
    };
    Some(match case_around(text, at) {
        // Names are in lower case, unless somebody has put them in quotes.
        _ if case_around(text, found.column).is_some() => said.to_lowercase(),
        Some(LetterCase::Lower) => said.to_lowercase(),
        Some(LetterCase::Upper) => said.to_uppercase(),
        None => said,
    })
}

/// What a function makes of the letters of its argument.
enum LetterCase {
    Lower,
    Upper,
}

/// `upper(t.c)`, `lower('A')`
fn case_around(text: &SqlText<'_>, at: usize) -> Option<LetterCase> {
    let mut start = at;
    while text.follows_symbol(start, b'.') && start >= 2 && at - start < 6 {
        start -= 2;
    }
    let function = start
        .checked_sub(2)
        .filter(|_| text.follows_symbol(start, b'('))?;
    match () {
        () if text.is_raw(function, "LOWER") => Some(LetterCase::Lower),
        () if text.is_raw(function, "UPPER") => Some(LetterCase::Upper),
        () => None,
    }
}
