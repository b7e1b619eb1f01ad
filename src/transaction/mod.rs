//! A transaction on one bind.

mod beginning;
mod branch;
mod end;
mod level;
mod prepared;
mod routing;
mod running;

pub(crate) use branch::Branch;
pub(crate) use level::Opened;
pub(crate) use prepared::Prepared;
pub use routing::RoutingTransaction;
pub(crate) use running::Running;
