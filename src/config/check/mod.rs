//! What must hold for a configuration, wherever it came from.

mod finding;
mod functions;
mod keys;
mod names;
mod pools;
mod reads;
mod tables;
mod templates;
mod urls;
mod within;

pub(super) use finding::{About, Finding, findings};
