//! Entities of the schema registry, and what becomes of one of them.

pub(crate) mod first;
pub(crate) mod later;
