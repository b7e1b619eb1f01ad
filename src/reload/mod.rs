//! Changes of a running topology: from one configuration to the next, by call or with the file.

mod change;
mod drain;
mod keys;
mod plan;
mod settings;
mod watch;

pub use change::TopologyChange;
pub(crate) use drain::drain;
pub(crate) use keys::{registry, unmet};
pub(crate) use settings::Settings;
pub(crate) use watch::FileWatch;
