//! Sessions: units of work that read their own writes, and what each bind remembers of them.

mod consistency;
mod database_id;
mod effect;
mod guard;
mod loans;
mod memory;
mod session_id;
mod session_scope;
mod shards;
mod sightings;
mod table_writes;
mod token;

pub use consistency::Consistency;
pub(crate) use database_id::DatabaseId;
pub(crate) use effect::Effect;
#[cfg(feature = "carrier")]
pub(crate) use guard::only_reading_within;
pub(crate) use guard::{only_reading, writes_are_prevented};
pub(crate) use memory::Memory;
pub(crate) use session_id::SessionId;
#[cfg(feature = "carrier")]
pub(crate) use session_scope::within;
pub(crate) use session_scope::{Extent, of_request, scope};
pub(crate) use sightings::{ReadFrom, Seen, Sightings};
pub(crate) use table_writes::TableKey;
pub(crate) use token::{Mark, Token};
