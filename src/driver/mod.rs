//! The short way to a database: the driver's own methods on the pool that a `DatabaseConnection` has.
//!
//! SeaORM's future has room for the futures of all drivers, and is moved several times before it runs; sqlx spawns a
//! task of 4 KB to give a connection back, which tokio moves eight times. docs/performance.md has the figures. Errors,
//! rows, and sqlx's statement log are the same on both ways. With the private feature `_seaorm_way` all statements go
//! SeaORM's way, so that the tests can run on both.

mod channel;
mod closable;
mod closed;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
mod dressed;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
mod dressing;
mod errand;
mod idle;
mod login;
mod open;
mod outfit;
mod outfits;
#[cfg(feature = "_driver")]
mod pool;
mod room;
#[cfg(feature = "stream")]
mod rows;
#[cfg(test)]
#[cfg(feature = "sqlx-sqlite")]
mod tests;
#[cfg(feature = "sqlx-postgres")]
mod unnamed;

pub(crate) use channel::{Channel, has_read_only_transactions};
pub(crate) use closable::{close_all_idle, close_one_idle, has_closable, size};
pub(crate) use closed::closed_like;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
pub(crate) use dressed::Dressed;
pub(crate) use errand::Errand;
pub(crate) use idle::close_idle;
#[cfg(feature = "metrics")]
pub(crate) use idle::figures;
pub(crate) use login::{may_open, set_login};
pub(crate) use open::{may_wait, open_one, patience};
pub(crate) use outfit::Outfit;
pub(crate) use outfits::Outfits;
pub(crate) use room::{Capacity, capacity, has_idle, has_room, in_use};
#[cfg(feature = "stream")]
pub(crate) use rows::Rows;
