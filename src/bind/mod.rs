//! Binds: which logical database an entity or a table belongs to.

mod claims;
mod doubtful_name;
mod kept_name;
mod key;
mod own_schemas;
mod registration;
mod registry;
mod target;

pub(crate) use claims::Claims;
pub(crate) use doubtful_name::DoubtfulName;
pub use key::BindKey;
use own_schemas::OwnSchemas;
pub use registration::Registration;
pub(crate) use registry::{Registry, RegistryBuilder};
pub use target::BindReason;
pub(crate) use target::Target;

#[cfg(test)]
mod tests;
