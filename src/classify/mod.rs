//! From SQL text to its class: read or write, the tables it names, and why.
//!
//! Nothing here opens a connection or needs a runtime. A statement is a read only when every part of
//! its text is known to leave the database, the session and the server as they were; anything else,
//! and anything that can't be read with certainty, is a write. `docs/classification.md` has the rules.
//!
//! The text is read by a lexer that follows each server's own rules and one walk over its tokens with
//! a stack of its own: linear in time, no recursion, and no grammar that would have to keep up with
//! three servers to be right.

mod access;
mod action;
mod bound;
mod class;
mod costs;
mod functions;
mod implicit_commit;
pub(crate) mod key;
mod lexer;
pub(crate) mod memo;
mod object;
mod operation;
mod own_answers;
mod reach;
mod read_only_setting;
mod reason;
mod schema_change;
mod script;
mod server_tables;
mod statement;
mod table;
mod walk;

pub use access::Access;
pub(crate) use action::{Action, Culprit};
pub(crate) use bound::{with_any_names, with_values};
pub use class::Class;
pub(crate) use costs::costs;
pub use functions::Functions;
pub(crate) use implicit_commit::commits_implicitly;
pub(crate) use key::{key, verb};
pub(crate) use lexer::as_long_as_postgres_takes;
pub(crate) use memo::Memo;
pub use object::{Object, ObjectKind};
pub(crate) use operation::Operation;
pub(crate) use own_answers::is_own_answer;
pub use reach::Reach;
pub(crate) use read_only_setting::asks_for_read_only;
pub use reason::Reason;
pub use script::{ScriptFault, ScriptStatement, statements};
pub use statement::classify;
pub(crate) use statement::{classify_with_loose, query_of_view};
pub(crate) use table::is_temporary_schema;
pub use table::{Table, Usage};

#[cfg(test)]
mod adversary;
#[cfg(test)]
mod places;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod words;
