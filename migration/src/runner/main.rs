use std::process::ExitCode;

use clap::Parser;
use tokio::runtime;

use super::{
    arguments::Arguments,
    environment,
    error::{RunError, with_causes},
    log,
    run::run,
    selection::Migrators,
};

/// Exit codes: 0 for done, 1 for failed, 2 for arguments that can't be understood, as clap's own.
pub(crate) fn main(migrators: &'static Migrators) -> ExitCode {
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
    environment::load()?;
    let arguments = Arguments::parse();
    log::start(arguments.verbose);
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Runtime)?
        .block_on(run(&arguments, migrators))
}
