//! What our own errors are, and what errors mean for who waits for an answer.

mod availability;
mod connect_error;
mod in_db_err;
mod routing_error;

pub use connect_error::ConnectError;
pub use routing_error::RoutingError;
