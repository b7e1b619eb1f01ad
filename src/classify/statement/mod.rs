//! Statements by their first word: queries and changes of rows go to the walk, the others are told
//! here by what they are.

mod alter;
mod classify;
mod clause;
mod comment;
mod copy;
mod define;
mod explain;
mod grant;
mod inside;
mod loose;
mod maintain;
mod module;
mod objects;
mod pragma;
mod program;
mod session;
mod show;
mod statement;
mod targets;
mod types;
mod verdict;
mod view;

pub use classify::classify;
pub(crate) use classify::classify_with_loose;
pub(crate) use statement::Statement;
pub(crate) use verdict::Verdict;
pub(crate) use view::query_of_view;
