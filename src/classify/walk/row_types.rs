use sea_orm::DbBackend;

use super::super::lexer::{Keyword, SqlText};
use super::{Name, NamedTables};

/// Types of PostgreSQL's own that casts name often: no table has their names without quotes.
const OWN: [&str; 24] = [
    "bigint",
    "bool",
    "boolean",
    "bytea",
    "char",
    "date",
    "double",
    "float8",
    "int",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "regclass",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
    "varchar",
];

/// Notes the types to which a text casts: each table of PostgreSQL is one, `json_populate_record(NULL::report, …)`.
pub(crate) fn note_row_types(text: &SqlText<'_>, tables: &mut NamedTables) {
    if text.backend != DbBackend::Postgres {
        return;
    }
    // How deep the open parentheses of each `CAST` are.
    let (mut casts, mut depth) = (Vec::new(), 0usize);
    for at in 0..text.len() {
        if text.is_symbol(at, b'(') {
            depth += 1;
            if at > 0 && text.is_raw(at - 1, "CAST") {
                casts.push(depth);
            }
        } else if text.is_symbol(at, b')') {
            if casts.last() == Some(&depth) {
                casts.pop();
            }
            depth = depth.saturating_sub(1);
        }
        let is_cast = text.is(at, Keyword::As) && casts.last() == Some(&depth)
            || text.is_symbol(at, b':') && text.follows_symbol(at, b':');
        if is_cast
            && let Some(name) = Name::at(text, at + 1)
            && !(name.schema.is_none() && OWN.contains(&name.name.as_ref()))
        {
            tables.add_perhaps(&name);
        }
    }
}
