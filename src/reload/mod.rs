//! Changes of a running topology: from one configuration to the next, by call or with the file.

mod bind_plan;
mod configuration;
mod drain;
#[cfg(feature = "watch")]
mod file_watch;
mod keys;
mod settings;
mod topology_change;

pub(crate) use drain::drain;
#[cfg(feature = "watch")]
pub(crate) use file_watch::FileWatch;
pub(crate) use keys::{registry, unmet};
pub(crate) use settings::Settings;
pub use topology_change::TopologyChange;
