//! The route of a statement, top to bottom: class → bind → node.

mod background;
mod decision;
mod dispatcher;
mod master;
mod outcome;
mod reader;
mod record;
mod scope;
mod texts;
mod transaction;
mod verdict;
mod verdicts;

pub(crate) use decision::Decision;
pub(crate) use dispatcher::Dispatcher;
#[cfg(feature = "stream")]
pub(crate) use master::abandonment;
pub(crate) use master::{still_serves, was_left, was_replaced, while_serving, while_well};
pub(crate) use scope::{NodeScope, Scope};
pub(crate) use verdicts::Verdicts;
