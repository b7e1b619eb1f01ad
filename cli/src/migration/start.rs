use std::process::ExitCode;

use clap::Parser;
use tokio::runtime;

use super::{
    arguments::Arguments,
    environment,
    error::{RunError, with_causes},
    log,
    migrate::Migrate,
    run::run,
    selection::Migrators,
};

/// The whole program: runs what the process's arguments say of the migrations of each bind, in their order.
///
/// Exit codes: 0 for done, 1 for failed, 2 for arguments that can't be understood, as clap's own.
///
/// ```no_run
/// # use sea_orm_routing_cli::migration::{Migrate, run_migrations};
/// # const MIGRATORS: &[(&str, &dyn Migrate)] = &[];
/// run_migrations(MIGRATORS);
/// ```
pub fn run_migrations(migrators: &'static [(&'static str, &'static dyn Migrate)]) -> ExitCode {
    match start(migrators) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", with_causes(&error));
            if let Some(progress) = error.progress() {
                eprintln!("{progress}");
            }
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

fn start(migrators: &'static Migrators) -> Result<(), RunError> {
    // First: the arguments may come from it, and no other thread may be there yet.
    environment::load().map_err(RunError::Environment)?;
    let arguments = Arguments::parse();
    log::start(arguments.verbose);
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Runtime)?
        .block_on(run(&arguments, migrators))
}
