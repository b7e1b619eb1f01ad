//! Binds: which logical database an entity or a table belongs to.

mod claims;
mod doubtful_name;
mod key;
mod listed;
mod registration;
mod registry;
mod registry_builder;
mod target;
mod temporary;

pub(crate) use claims::Claims;
pub(crate) use doubtful_name::DoubtfulName;
pub use key::BindKey;
pub use registration::Registration;
pub(crate) use registry::Registry;
pub(crate) use registry_builder::RegistryBuilder;
pub use target::BindReason;
pub(crate) use target::Target;

#[cfg(test)]
mod tests;
