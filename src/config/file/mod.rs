//! The text of `binds.yaml` → configuration, with the line of every key.

mod bind;
mod document;
mod options;
mod place;
mod reader;
mod section;
mod tree;
mod variable;
mod yaml;

pub(super) use document::Document;
