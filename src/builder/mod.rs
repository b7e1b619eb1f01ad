//! Ways to a `RoutingDatabase`: from binds.yaml, from connections that exist, from one connection.

mod bind;
mod connections;
mod database;
mod handle;

pub use bind::BindBuilder;
pub use database::RoutingDatabaseBuilder;
