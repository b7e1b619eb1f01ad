//! What is known about functions: the built-ins of each server, and the names that were added.

mod builtin;
mod call_name;
mod functions;
mod lists;
mod mysql;
mod postgres;
mod pragma;
mod relations;
mod sqlite;

pub(crate) use builtin::Builtin;
pub(crate) use call_name::CallName;
pub use functions::Functions;
pub(crate) use pragma::{About, Pragma};
pub(crate) use relations::RelationArguments;
