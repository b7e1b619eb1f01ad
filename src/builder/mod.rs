//! Ways to a `RoutingDatabase`: from binds.yaml, from connections that exist, from one connection.

mod assembly;
mod bind;
mod connect;
mod database;
mod plan;
mod problems;
mod settings;
mod watch;

pub use bind::BindBuilder;
pub use database::RoutingDatabaseBuilder;
pub use plan::TopologyChange;
pub(crate) use settings::{Settings, drain};
