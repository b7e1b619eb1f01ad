//! Statements by their first word: queries and changes of rows go to the walk, the others are told
//! here by what they are.

mod classify;
mod copy;
mod define;
mod explain;
mod maintain;
mod objects;
mod pragma;
mod session;
mod show;
mod statement;
mod targets;
mod verdict;
mod view;

pub use classify::classify;
pub(crate) use statement::Statement;
pub(crate) use verdict::Verdict;
pub(crate) use view::query_of_view;
