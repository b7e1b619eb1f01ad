use std::fmt;

use sea_orm::DbBackend;

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

impl Table {
    /// Whether both are written alike, schema included.
    pub(crate) fn has_name_of(&self, other: &Self) -> bool {
        self.name == other.name && self.schema == other.schema
    }

    /// Whether this is the server's own description of itself, which every bind has: such a table
    /// says nothing about where a statement belongs. What belongs to it is another matter on each server: `sys` and
    /// `mysql` are anyone's names on PostgreSQL.
    pub fn is_catalogue(&self, backend: DbBackend) -> bool {
        let schema = self.schema.as_deref();
        match (backend, schema) {
            (DbBackend::Postgres, Some(schema)) => {
                matches!(schema, "pg_catalog" | "information_schema" | "pg_toast")
            }
            (DbBackend::Postgres, None) => POSTGRES.binary_search(&self.name.as_str()).is_ok(),
            (DbBackend::MySql, Some(schema)) => {
                let is = |known| schema.eq_ignore_ascii_case(known);
                matches!(schema, "mysql" | "sys")
                    || is("information_schema")
                    || is("performance_schema")
            }
            (DbBackend::MySql, None) => is_sequence(&self.name),
            // SQLite keeps the prefix for itself, in every attached database.
            _ => {
                let start = self.name.get(..7);
                start.is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
                    || is_of_all_tables(&self.name)
            }
        }
    }
}

/// Whether a schema is that of what a connection keeps for itself.
pub(crate) fn is_temporary_schema(backend: DbBackend, schema: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    match backend {
        DbBackend::Postgres => {
            schema == "pg_temp" || schema.strip_prefix("pg_temp_").is_some_and(is_number)
        }
        DbBackend::Sqlite => schema.eq_ignore_ascii_case("temp"),
        _ => false,
    }
}

/// Relations of SQLite's that have rows about each table: a condition says about which.
pub(crate) fn is_of_all_tables(name: &str) -> bool {
    const RELATIONS: [&str; 10] = [
        "dbstat",
        "sqlite_master",
        "sqlite_schema",
        "sqlite_sequence",
        "sqlite_stat1",
        "sqlite_stat2",
        "sqlite_stat3",
        "sqlite_stat4",
        "sqlite_temp_master",
        "sqlite_temp_schema",
    ];
    RELATIONS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// `seq_1_to_3` and `seq_1_to_9_step_2`, which MariaDB makes as they are named.
fn is_sequence(name: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = name.split('_');
    let word = |part: Option<&str>, word| part.is_some_and(|part| part.eq_ignore_ascii_case(word));
    let is_range = word(parts.next(), "seq")
        && parts.next().is_some_and(is_number)
        && word(parts.next(), "to")
        && parts.next().is_some_and(is_number);
    is_range
        && match parts.next() {
            None => true,
            step => {
                word(step, "step") && parts.next().is_some_and(is_number) && parts.next().is_none()
            }
        }
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
