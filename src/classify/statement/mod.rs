//! Statements by their first word: queries and changes of rows go to the walk, the others are told
//! here by what they are.

mod classify;
mod copy;
mod define;
mod explain;
mod kind;
mod maintain;
mod pragma;
mod session;
mod show;
mod targets;
mod verdict;

pub use classify::classify;
pub(crate) use kind::Statement;
pub(crate) use verdict::Verdict;
