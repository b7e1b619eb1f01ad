//! The background task of a bind: asks its servers how far they have come, on connections of its own.

mod asker;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
mod borrowed;
mod claims;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
mod connecting;
mod desk;
mod election;
mod heartbeat;
#[allow(clippy::module_inception, reason = "the folder's main type")]
mod monitor;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
mod positions;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
mod probe;
mod protection;
mod purge;
mod report;
#[cfg(feature = "testing")]
mod scripted;
mod stalls;
mod strangers;
mod told;

pub(crate) use desk::Desks;
pub(crate) use monitor::Monitor;
#[cfg(feature = "sqlx-mysql")]
pub(crate) use mysql::introduce as introduce_mysql;
#[cfg(feature = "sqlx-postgres")]
pub(crate) use postgres::introduce as introduce_postgres;
pub(crate) use probe::{can_ask, position};
pub(crate) use protection::refuses_writes;
