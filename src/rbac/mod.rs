//! SeaORM's role-based access control over our handles.

mod connection;
mod handle;
mod transaction;

pub use handle::{Restricted, RestrictedDatabase, RestrictedTransaction};
