use std::fmt;

use serde::Serialize;

/// Why a statement has its class: the first culprit for a write, the kind of statement for a read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// A query in which every part is known to have no effect.
    PlainQuery,
    /// A statement that describes the server or a statement, such as `SHOW` or `EXPLAIN`.
    Describes(String),
    /// Calls a function that is known to have effects or to need the master.
    Calls(String),
    /// Asks for what each server answers for itself, such as its connections, locks or settings, and changes
    /// nothing: the master answers, or the node that a handle names.
    AsksServer(String),
    /// Reads what slaves lack, or have otherwise than the master: a sequence, an unlogged or a foreign table, a table
    /// whose engine keeps nothing, or a view over one. The master answers, or the node that a handle names.
    KeptByMaster(String),
    /// Reads a relation behind which more than a read may happen: a view, policy or domain over a function with effects.
    Hides(String),
    /// Calls a function that is neither a built-in nor among the names that were added.
    UnknownFunction(String),
    /// Locks the rows that it reads.
    LocksRows,
    /// Inserts into, updates, deletes from or copies into a table.
    Writes(String),
    /// Does so inside a `WITH` clause of a query.
    WritesInWith(String),
    /// Creates, alters or drops a table or another object.
    Defines(String),
    /// `SELECT … INTO` a new table.
    Into(String),
    /// Writes a file on the server's machine.
    WritesFile,
    /// Changes, or depends on, what the connection remembers.
    Session(String),
    /// A statement that is neither a query nor a change of rows, such as `VACUUM` or `CALL`.
    Runs(String),
    /// More than one statement in one text.
    SeveralStatements,
    /// A comment that some versions of the server execute, and that can't be judged both ways.
    ExecutableComment,
    /// A string that ends elsewhere under another setting of the server, with code behind it.
    AmbiguousString,
    /// Longer, or nested deeper, than is looked at.
    TooLong,
    /// Not certain to be legal SQL of the dialect.
    Unparsed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainQuery => f.write_str("plain query"),
            Self::Describes(what) => write!(f, "only describes: {what}"),
            Self::Calls(name) => write!(f, "calls {name}"),
            Self::AsksServer(what) => write!(f, "asks about this server: {what}"),
            Self::KeptByMaster(what) => write!(f, "reads what the master alone has: {what}"),
            Self::Hides(what) => write!(f, "may do more than read: {what}"),
            Self::UnknownFunction(name) => write!(f, "calls unknown function {name}"),
            Self::LocksRows => f.write_str("locks rows"),
            Self::Writes(name) => write!(f, "writes {name}"),
            Self::WritesInWith(name) => write!(f, "writes {name} in a WITH clause"),
            Self::Defines(what) => write!(f, "defines {what}"),
            Self::Into(name) => write!(f, "selects into {name}"),
            Self::WritesFile => f.write_str("writes a file on the server"),
            Self::Session(what) => write!(f, "changes the session: {what}"),
            Self::Runs(what) => write!(f, "runs {what}"),
            Self::SeveralStatements => f.write_str("several statements"),
            Self::ExecutableComment => f.write_str("has an executable comment"),
            Self::AmbiguousString => f.write_str("has a backslash before a quote that hides code"),
            Self::TooLong => f.write_str("too long or too deeply nested to be examined"),
            Self::Unparsed => f.write_str("could not be parsed"),
        }
    }
}
