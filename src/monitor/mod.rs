//! The background task of a bind: asks its servers how far they have come, on connections of its own.

mod beat;
mod election;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
mod probe;
mod purge;
mod report;
mod roles;
mod stalls;
mod task;
mod told;

pub(crate) use probe::{can_ask, position};
pub(crate) use task::Monitor;
