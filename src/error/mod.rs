//! What our own errors are, and what errors mean for who waits for an answer.

mod availability;
mod connect_error;
mod error_type;
mod in_db_err;
mod routing_error;

pub use connect_error::ConnectError;
pub(crate) use error_type::error_type;
pub use routing_error::RoutingError;
