//! SeaORM's traits for our handles, and the inherent methods that applications call on theirs.

mod connection;
mod executor;
mod inherent;
mod lent;
mod method;
#[cfg(feature = "mock")]
mod mock;
mod pool;
mod schema;
#[cfg(feature = "stream")]
mod stream;
mod transaction;
#[cfg(feature = "stream")]
mod transaction_stream;
#[cfg(feature = "stream")]
mod watch;

#[cfg(feature = "stream")]
pub use stream::RoutingStream;
#[cfg(feature = "stream")]
pub use transaction_stream::RoutingTransactionStream;
