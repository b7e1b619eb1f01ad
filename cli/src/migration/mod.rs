//! One program for the migrations of several binds, step by step: arguments → selection of the binds → connections →
//! is every master a master? → for each bind its migrations, then the wait for its slaves.

mod arguments;
mod command;
mod environment;
mod error;
mod history;
mod log;
mod master;
mod migrate;
mod run;
mod selection;
mod slaves;
mod start;

pub use command::Command;
pub(crate) use environment::load as load_environment;
pub(crate) use error::with_causes;
pub(crate) use master::read_only;
pub use migrate::Migrate;
pub use start::run_migrations;
