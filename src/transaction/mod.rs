//! A transaction on one bind.

mod begin;
mod beginning;
mod branch;
mod course;
mod elsewhere;
mod end;
mod guarded;
mod level;
mod method;
mod plan;
mod prepared;
mod routing;
mod running;
mod way;

pub(crate) use branch::Branch;
pub(crate) use level::Opened;
pub(crate) use method::MethodInTransaction;
pub(crate) use prepared::Prepared;
pub use routing::RoutingTransaction;
pub(crate) use running::Running;
