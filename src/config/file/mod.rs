//! The text of `binds.yaml` → configuration, with the line of every key.

mod bind;
mod document;
mod group;
mod options;
mod place;
mod reader;
mod secret_file;
mod section;
mod tree;
mod variable;
mod yaml;

pub(super) use document::Document;
#[cfg(feature = "watch")]
pub(crate) use secret_file::{secret_bytes, secret_files};
