//! What the databases say of the functions that users made in them.

mod functions;
mod known;
mod refresh;

pub(crate) use known::KnownFunctions;
pub(crate) use refresh::{Refresh, keep_fresh};
