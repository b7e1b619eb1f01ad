//! Binds: which logical database an entity or a table belongs to.

mod key;
mod registration;
mod registry;
mod target;

pub use key::BindKey;
pub use registration::Registration;
pub(crate) use registry::{Registry, RegistryBuilder};
pub use target::BindReason;
pub(crate) use target::Target;
