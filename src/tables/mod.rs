//! Which names mean the tables that a bind claims: by an entity's key, or under `tables`.

mod fit;
mod name_pattern;
mod own_schemas;
mod rank;
mod table_pattern;

pub(crate) use fit::Fit;
use name_pattern::NamePattern;
pub(crate) use name_pattern::lowercase;
pub(crate) use own_schemas::OwnSchemas;
pub(crate) use rank::Rank;
pub(crate) use table_pattern::TablePattern;
