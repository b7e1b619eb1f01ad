//! The handle that stands where an application had its `DatabaseConnection`.

mod followed;
mod handle;
mod modifications;
mod session;
mod shards;
mod slaves;
mod surroundings;
mod topology;

pub use handle::RoutingDatabase;
