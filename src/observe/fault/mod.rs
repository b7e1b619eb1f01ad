//! What an error says about the node that gave it. By variant, code and number, never by message.

mod answer;
mod kind;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod network;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod server;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;
#[cfg(all(
    test,
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod tests;

pub(crate) use answer::{fault, is_acquire_timeout, is_unsent};
pub(crate) use kind::Fault;
