//! Sessions: units of work that read their own writes, and what each bind remembers of them.

mod consistency;
mod identity;
mod memory;
mod tables;
mod token;

pub use consistency::Consistency;
pub(crate) use identity::{SessionId, scope};
pub(crate) use memory::Memory;
pub(crate) use tables::TableKey;
pub(crate) use token::{Mark, Token};
