//! Ways to a `RoutingDatabase`: from binds.yaml, from connections that exist, from one connection.

mod bind;
mod connections;
mod database;
mod handle;
mod opened;

pub use bind::BindBuilder;
pub use database::RoutingDatabaseBuilder;
