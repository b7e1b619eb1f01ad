use std::{
    env, fs,
    path::{Path, PathBuf},
};

use dotenvy::Error;

/// Reads a `.env` of the working directory or one above it, as SeaORM's runner does; what is set already stays.
///
/// # Errors
/// Which file, and what is wrong with it, without its words.
pub(crate) fn load() -> Result<(), String> {
    let error = match dotenvy::dotenv() {
        Ok(_) => return Ok(()),
        Err(error) if error.not_found() => return Ok(()),
        Err(error) => error,
    };
    let path = found().unwrap_or_else(|| PathBuf::from(".env"));
    let at = path.display();
    // Not the source's own words: they repeat the line, which may hold a password.
    let Error::LineParse(line, _) = error else {
        return Err(format!("`{at}` can't be read"));
    };
    Err(match number_of(&line, &path) {
        Some(number) => format!("`{at}`: line {number} is not `NAME=value`"),
        None => format!("`{at}` has a line that is not `NAME=value`"),
    })
}

/// The file, where it is looked for.
fn found() -> Option<PathBuf> {
    let directory = env::current_dir().ok()?;
    let mut paths = directory.ancestors().map(|above| above.join(".env"));
    paths.find(|path| path.is_file())
}

fn number_of(line: &str, path: &Path) -> Option<usize> {
    let text = fs::read_to_string(path).ok()?;
    let wrong = line.lines().next()?.trim();
    let found = text.lines().position(|line| line.trim() == wrong)?;
    Some(found + 1)
}
