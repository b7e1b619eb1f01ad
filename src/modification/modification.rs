use std::fmt;

use sea_orm::DbBackend;

use crate::{
    classify::{Class, Reason, Table, Usage},
    names::BindName,
};

/// One write of this process, told after the write was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Modification {
    /// The bind that was changed.
    pub bind: BindName,
    /// The tables that the statement names as changed; `None` where it does not tell, as a procedure's call does not:
    /// any table of the bind may have changed. What triggers and cascades change is not among them.
    pub tables: Option<Vec<Table>>,
    /// What was done to them.
    pub kind: ModificationKind,
    /// As the server counted them; `None` where it did not.
    pub rows_affected: Option<u64>,
    /// Whether it was a part of a transaction, which has been committed.
    pub in_transaction: bool,
    /// False where nobody knows whether it happened: the connection broke, or the future was dropped, before the answer.
    pub confirmed: bool,
}

/// A statement that is no read.
#[derive(Debug)]
pub(crate) struct Written<'s> {
    pub(crate) bind: &'s BindName,
    pub(crate) class: &'s Class,
    pub(crate) backend: DbBackend,
    pub(crate) sql: &'s str,
}

/// What a statement does to its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModificationKind {
    /// Adds rows, or changes those that are there already (`ON CONFLICT`, `REPLACE`).
    Insert,
    /// Changes rows.
    Update,
    /// Removes rows; `TRUNCATE` too.
    Delete,
    /// Creates, alters or drops the table itself.
    Define,
    /// Anything else that is no read: a function or procedure, several statements, a change inside `WITH`.
    Other,
}

impl ModificationKind {
    /// By the word that a statement begins with.
    pub(super) fn of(verb: &str, class: &Class) -> Self {
        match &class.reason {
            Reason::Defines(_) | Reason::Into(_) => Self::Define,
            Reason::Writes(_) => match verb.to_ascii_uppercase().as_str() {
                "INSERT" | "REPLACE" | "COPY" | "LOAD" => Self::Insert,
                "UPDATE" => Self::Update,
                "DELETE" | "TRUNCATE" => Self::Delete,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

/// The tables that a write changes; `None` if it does not tell.
pub(super) fn changed(class: &Class) -> Option<Vec<Table>> {
    let is_told = matches!(
        class.reason,
        Reason::Writes(_) | Reason::WritesInWith(_) | Reason::Defines(_) | Reason::Into(_)
    );
    let tables = class.tables.iter();
    let changed = || tables.filter(|table| table.usage >= Usage::Write).cloned();
    is_told.then(|| changed().collect())
}

/// Whether a statement that is no read changes nothing that others could see: it locks rows, asks about the server, or
/// sets what its connection remembers.
pub(super) fn is_traceless(class: &Class) -> bool {
    class.asks_server() || matches!(class.reason, Reason::LocksRows | Reason::Session(_))
}

impl fmt::Display for Modification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.bind, self.kind)?;
        match &self.tables {
            None => f.write_str(" of unknown tables")?,
            Some(tables) => {
                for (number, table) in tables.iter().enumerate() {
                    write!(f, "{}{table}", if number == 0 { " of " } else { ", " })?;
                }
            }
        }
        if let Some(rows) = self.rows_affected {
            write!(f, ", {rows} rows")?;
        }
        if self.in_transaction {
            f.write_str(", in a transaction")?;
        }
        if !self.confirmed {
            f.write_str(", unconfirmed")?;
        }
        Ok(())
    }
}

impl fmt::Display for ModificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Define => "define",
            Self::Other => "other",
        })
    }
}
