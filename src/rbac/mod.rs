//! SeaORM's role-based access control over our handles.

mod connection;
mod engine;
mod handle;
mod transaction;

pub(crate) use engine::Engine;
pub use handle::{Restricted, RestrictedDatabase, RestrictedTransaction};
