use dotenvy::Error;

use super::error::RunError;

/// Reads a `.env` of the working directory or one above it, as SeaORM's runner does; what is set already stays.
pub(crate) fn load() -> Result<(), RunError> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        // Not the source's own words: they repeat the line, which may hold a password.
        Err(Error::LineParse(_, _)) => {
            Err(RunError::Environment("has a line that is not `NAME=value`"))
        }
        Err(_) => Err(RunError::Environment("can't be read")),
    }
}
