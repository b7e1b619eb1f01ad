//! One file for each command, and what they share.

mod arguments;
mod asked;
mod binds_file;
mod check;
mod completions;
mod dashboard;
mod error;
mod explain;
mod format;
mod identity;
mod migrate;
mod output;
mod overheard;
mod placeholders;
mod recover;
mod schema;
mod start;
mod status;

pub use start::main;
