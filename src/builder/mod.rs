//! Ways to a `RoutingDatabase`: from binds.yaml, from connections that exist, from one connection.

mod assembly;
mod bind;
mod connect;
mod database;
mod problems;

pub use bind::BindBuilder;
pub use database::RoutingDatabaseBuilder;
