//! What this process changed, told to whoever listens.

mod commit;
mod event;
mod hub;
mod journal;
mod pending;
mod reader;

pub(crate) use commit::CommitNews;
pub(crate) use event::Written;
pub use event::{Modification, ModificationKind};
pub(crate) use hub::Hub;
pub(crate) use journal::Journal;
pub(crate) use pending::{Pending, Rows};
pub use reader::{Missed, Modifications};
