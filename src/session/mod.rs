//! Sessions: units of work that read their own writes, and what each bind remembers of them.

mod consistency;
mod effect;
mod memory;
mod session_id;
mod table_writes;
mod token;

pub use consistency::Consistency;
pub(crate) use effect::Effect;
pub(crate) use memory::Memory;
pub(crate) use session_id::{SessionId, scope};
pub(crate) use table_writes::TableKey;
pub(crate) use token::{Mark, Token};
