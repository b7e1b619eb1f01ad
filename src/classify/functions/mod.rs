//! What is known about functions: the built-ins of each server, and the names that were added.

mod builtin;
mod mysql;
mod postgres;
mod pragma;
mod registry;
mod sqlite;

pub(crate) use builtin::Builtin;
pub(crate) use pragma::Pragma;
pub(crate) use registry::Call;
pub use registry::{Effect, Functions};
