//! One file for each command, and what they share.

mod arguments;
mod check;
mod completions;
mod error;
mod explain;
mod format;
mod migrate;
mod output;
mod recover;
mod schema;
mod start;
mod statements;
mod status;

pub use start::main;
