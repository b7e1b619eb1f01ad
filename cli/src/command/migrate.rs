use std::{ffi::OsString, path::PathBuf, process::Command};

use clap::CommandFactory;

use super::{arguments::Arguments, error::CommandError};

/// As `sea-orm-cli migrate` does: only the application's own package knows its migrations. Its exit code is this one's.
pub(super) fn migrate(directory: PathBuf, arguments: &[OsString]) -> Result<u8, CommandError> {
    let manifest = directory.join("Cargo.toml");
    if !manifest.is_file() {
        let is_help = |argument: &OsString| argument == "--help" || argument == "-h";
        if arguments.iter().any(is_help) {
            return help();
        }
        return Err(CommandError::NoMigrations { directory });
    }
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--manifest-path"])
        .arg(manifest)
        .arg("--")
        .args(arguments)
        .status()
        .map_err(CommandError::Cargo)?;
    // What a signal ends has no code.
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}

/// What is said where there is no runner to ask.
fn help() -> Result<u8, CommandError> {
    let mut arguments = Arguments::command();
    arguments.build();
    if let Some(migrate) = arguments.find_subcommand_mut("migrate") {
        migrate.print_help()?;
    }
    Ok(0)
}
