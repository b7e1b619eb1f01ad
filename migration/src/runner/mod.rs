//! One command for the migrations of several binds, step by step: arguments → selection of the binds → connections →
//! is every master a master? → for each bind its migrations, then the wait for its slaves.

mod arguments;
mod command;
mod environment;
mod error;
mod history;
mod log;
mod main;
mod master;
mod migrate;
mod run;
mod selection;
mod slaves;

pub(crate) use main::main;
pub(crate) use migrate::Migrate;
