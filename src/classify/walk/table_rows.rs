use std::collections::HashSet;

use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, SqlText};
use super::super::table::is_of_all_tables;
use super::comparison::{Compared, LetterCase, compared};
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
const SCHEMAS: [&str; 16] = [
    "constraint_schema",
    "database_name",
    "db",
    "db_name",
    "event_object_schema",
    "foreign_table_schema",
    "index_schema",
    "nspname",
    "object_schema",
    "referenced_table_schema",
    "relnamespace",
    "schemaname",
    "table_schema",
    "trigger_schema",
    "unique_constraint_schema",
    "view_schema",
];

/// More pairs of a schema and a name than anybody writes are not looked at, each schema being any name's.
const MOST_PAIRS: usize = 1_000;

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
    let is_told = |column: &str| TABLES.contains(&column) || SCHEMAS.contains(&column);
    let compared = compared(text, 0..text.len(), is_told);
    let is_schema =
        |found: &&Compared| SCHEMAS.contains(&&*text.name(found.column).to_ascii_lowercase());
    let (schemas, names): (Vec<&_>, Vec<&_>) = compared.found.iter().partition(is_schema);
    let is_paired = schemas.len() * names.len() <= MOST_PAIRS;
    let relations = names.iter().map(|name| relation(text, name)).collect();
    for name in &names {
        let Some(said) = string(text, name) else {
            continue;
        };
        let of_its_row = |schema: &&&Compared| compared.hold_together(name, schema);
        let schemas = schemas.iter().filter(|_| is_paired).filter(of_its_row);
        let schema = schema_of(text, name, &relations, schemas.copied());
        tables.add_told_name(schema, said);
    }
}

/// The schema of a name, of those that hold where it does: that of the same relation, or of one that has no name.
fn schema_of<'c>(
    text: &SqlText<'_>,
    name: &Compared,
    with_names: &HashSet<Option<String>>,
    schemas: impl Iterator<Item = &'c Compared>,
) -> Option<String> {
    let of = relation(text, name);
    let (own, mut others): (Vec<_>, Vec<_>) = schemas
        .map(|schema| (relation(text, schema), schema))
        .partition(|(relation, _)| *relation == of);
    others.retain(|(relation, _)| !with_names.contains(relation));
    let schemas = match own.is_empty() {
        true => others,
        false => own,
    };
    let mut said: Vec<_> = schemas
        .iter()
        .filter_map(|(_, schema)| string(text, schema))
        .collect();
    said.dedup();
    match said.len() {
        1 => said.pop(),
        _ => None,
    }
}

/// What a column belongs to, as far as that is written.
fn relation(text: &SqlText<'_>, found: &Compared) -> Option<String> {
    let is_told = text.follows_symbol(found.column, b'.');
    let relation = found.column.checked_sub(2).filter(|_| is_told)?;
    Some(text.name(relation).to_ascii_lowercase())
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
fn string(text: &SqlText<'_>, found: &Compared) -> Option<String> {
    let at = found.string;
    let said = match text.backend {
        DbBackend::Postgres if text.follows_symbol(at, b'&') => text.string(at.checked_sub(2)?)?.0,
        DbBackend::Postgres => text.string(at)?.0,
        _ => text.name(at).into_owned(),
    };
    Some(match found.case {
        Some(LetterCase::Lower) => said.to_lowercase(),
        Some(LetterCase::Upper) => said.to_uppercase(),
        None => said,
    })
}
