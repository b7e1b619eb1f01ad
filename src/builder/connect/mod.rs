//! Opens the pools of a configured bind; one file per driver.

#[cfg(feature = "sqlx-mysql")]
mod mysql;
mod open;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;

pub(super) use open::{Opening, connect_bind};
