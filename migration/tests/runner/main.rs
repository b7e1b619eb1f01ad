//! The runner as its user meets it: a process of its own, with arguments, a binds.yaml, output and an exit code.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod arguments;
mod groups;
mod refusals;
mod sample;
mod slaves;
mod sqlite;
