use std::{ffi::OsString, path::PathBuf, process::Command};

use super::error::CommandError;

/// As `sea-orm-cli migrate` does: only the application's own package knows its migrations. Its exit code is this one's.
pub(super) fn migrate(directory: PathBuf, arguments: &[OsString]) -> Result<u8, CommandError> {
    let manifest = directory.join("Cargo.toml");
    if !manifest.is_file() {
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
