//! What the databases say of the functions that users made in them.

mod known_functions;
mod refresh;
mod user_functions;

pub(crate) use known_functions::KnownFunctions;
pub(crate) use refresh::{Refresh, keep_fresh};
