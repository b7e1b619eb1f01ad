//! Statements by their first word: queries and changes of rows go to the walk, the others are told
//! here by what they are.

mod alter;
mod classify;
mod comment;
mod copy;
mod define;
mod explain;
mod grant;
mod maintain;
mod objects;
mod pragma;
mod program;
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
