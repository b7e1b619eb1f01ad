use dotenvy::Error;

/// Reads a `.env` of the working directory or one above it, as SeaORM's runner does; what is set already stays.
///
/// # Errors
/// What is wrong with it, without its words.
pub(crate) fn load() -> Result<(), &'static str> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        // Not the source's own words: they repeat the line, which may hold a password.
        Err(Error::LineParse(_, _)) => Err("has a line that is not `NAME=value`"),
        Err(_) => Err("can't be read"),
    }
}
