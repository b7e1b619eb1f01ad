use std::fmt;

use super::server_tables::POSTGRES;

/// A table, view or other relation that a statement names.
///
/// Quotes are removed. PostgreSQL's unquoted names are folded to lower case, as the server does;
/// the names of MySQL and SQLite keep the case of the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Table {
    /// What stands before the last dot: a schema, or a database of MySQL and SQLite.
    pub schema: Option<String>,
    /// The name without its schema.
    pub name: String,
    /// The strongest thing that the statement does to it.
    pub usage: Usage,
}

/// What a statement does to a table, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// Its rows are read.
    Read,
    /// Its rows are inserted, changed, deleted or locked.
    Write,
    /// The table itself is created, altered, renamed or dropped.
    Define,
}

/// Schemas that every server has, whatever the application keeps in it.
const CATALOGUES: [&str; 6] = [
    "pg_catalog",
    "information_schema",
    "mysql",
    "performance_schema",
    "sys",
    "pg_toast",
];

impl Table {
    /// Whether this is the server's own description of itself, which every bind has: such a table
    /// says nothing about where a statement belongs.
    pub fn is_catalogue(&self) -> bool {
        match &self.schema {
            Some(schema)
                if CATALOGUES
                    .iter()
                    .any(|known| schema.eq_ignore_ascii_case(known)) =>
            {
                true
            }
            Some(_) => is_sqlite_schema(&self.name),
            None => {
                is_sqlite_schema(&self.name) || POSTGRES.binary_search(&self.name.as_str()).is_ok()
            }
        }
    }
}

/// SQLite keeps the prefix `sqlite_` for itself, in every attached database.
fn is_sqlite_schema(name: &str) -> bool {
    name.get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Define => "define",
        })
    }
}
