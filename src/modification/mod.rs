//! What this process changed, told to whoever listens.

mod commit_news;
mod hub;
mod journal;
#[allow(clippy::module_inception, reason = "the folder's main type")]
mod modification;
mod modifications;
mod pending;

pub(crate) use commit_news::CommitNews;
pub(crate) use hub::Hub;
pub(crate) use journal::Journal;
pub(crate) use modification::Written;
pub use modification::{Modification, ModificationKind};
pub use modifications::{Missed, Modifications};
pub(crate) use pending::{Pending, Rows};
