use serde::Serialize;

use super::Reason;

/// How far a statement reaches beyond its answer: what a read-only transaction on a slave must know of it. Each reach
/// includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reach {
    /// It leaves nothing behind.
    Answer,
    /// It sets something for the rest of its transaction, and may be sent again where that goes on: `SET LOCAL`,
    /// `set_config(…, true)`, `SAVEPOINT`.
    Setting,
    /// It ends with its transaction, or asks for what that did before: a cursor, `FOUND_ROWS()`.
    Transaction,
    /// It asks about the server that runs it, or reads what the master alone has, and leaves nothing behind.
    Server,
    /// It may stay on its connection when the transaction has ended, or nobody knows: `SET`, `@variable`, a user's function.
    Connection,
    /// Only the master can do it, or do it so that it counts: changes, locks, `NOTIFY`.
    Master,
}

impl Reach {
    /// How far a statement reaches of which only its reason is known.
    pub(super) fn of(reason: &Reason) -> Self {
        match reason {
            Reason::PlainQuery | Reason::Describes(_) => Self::Answer,
            Reason::AsksServer(_) | Reason::KeptByMaster(_) => Self::Server,
            Reason::Session(_)
            | Reason::UnknownFunction(_)
            | Reason::SeveralStatements
            | Reason::ExecutableComment
            | Reason::AmbiguousString
            | Reason::TooLong
            | Reason::Unparsed => Self::Connection,
            Reason::Calls(_)
            | Reason::Hides(_)
            | Reason::LocksRows
            | Reason::Writes(_)
            | Reason::WritesInWith(_)
            | Reason::Defines(_)
            | Reason::Into(_)
            | Reason::WritesFile
            | Reason::Runs(_) => Self::Master,
        }
    }
}
