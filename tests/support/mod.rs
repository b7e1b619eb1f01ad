//! What the test binaries share.

#![allow(dead_code, unused_imports, reason = "each test binary uses its part")]

mod log;
mod served;
mod told;

use std::time::Duration;

pub(crate) use log::Log;
pub(crate) use served::{Served, served};
pub(crate) use told::{already, soon, told};

/// For what takes milliseconds on an idle machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);
