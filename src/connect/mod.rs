//! From a configured bind to one that runs: opens its pools, with one file per driver.

#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
mod acquire_check;
mod configured;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
mod node_opener;
mod open_bind;
mod open_node;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(feature = "sqlx-postgres")]
mod postgres_session;
mod replication;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;

pub(crate) use configured::Configured;
pub(crate) use open_bind::OpenBind;
pub(crate) use open_node::OpenNode;
pub(crate) use replication::replication;
