//! The handle that stands where an application had its `DatabaseConnection`.

mod handle;
mod session;
mod topology;

pub use handle::RoutingDatabase;
