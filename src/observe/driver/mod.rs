//! What the drivers' errors say, wherever SeaORM has put them.

mod error;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
mod network;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
mod server;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;
#[cfg(all(test, feature = "sqlx-all"))]
mod tests;

pub(super) use error::{
    code, fault, has_begun, is_acquire_timeout, is_login_refused, is_of_read_only_session,
    is_of_server, is_undone, refusal,
};
