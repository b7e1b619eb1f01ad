//! What the databases say of their relations and of the functions in them.

#[allow(clippy::module_inception, reason = "the folder's main type")]
mod catalogue;
mod facts;
mod hazards;
mod kinship;
mod known;
mod known_function;
mod own_functions;
mod places;
mod refresh;
mod relations;
mod user_functions;
mod whereabouts;

pub(crate) use catalogue::Catalogue;
pub(crate) use known::{Knowledge, Known};
pub(crate) use places::{Places, is_object};
pub(crate) use refresh::{Refresh, Wanted, keep_fresh, source_of};
pub(crate) use relations::Relations;
pub(crate) use whereabouts::locate;
