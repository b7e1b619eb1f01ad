//! What the command `sea-orm-routing` is made of, and the runner of migrations that an application's own program is.
//!
//! ```ignore
//! // migration/src/main.rs of an application
//! use std::process::ExitCode;
//!
//! use migration::{Bakeries, Reports};
//! use sea_orm_routing_cli::migration::{Migrate, run_migrations};
//!
//! const MIGRATORS: &[(&str, &dyn Migrate)] = &[("default", &Bakeries), ("reports", &Reports)];
//!
//! fn main() -> ExitCode {
//!     run_migrations(MIGRATORS)
//! }
//! ```

#![allow(
    elided_lifetimes_in_paths,
    reason = "async-trait wants the signatures of a trait to the letter"
)]

mod command;
pub mod migration;

pub use command::main;
