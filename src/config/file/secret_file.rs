use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
};

#[cfg(feature = "watch")]
use super::variable::is_path;

/// What begins the name of a file between `${` and `}`.
pub(super) const PREFIX: &str = "file:";

/// More than any password, token or address.
const LARGEST: u64 = 64 * 1024;

/// A file that holds a value, such as a secret that an orchestrator has mounted.
///
/// # Errors
/// What is there in its place; nothing of what the file holds.
pub(super) fn read(path: &str) -> Result<String, NoSecret> {
    let metadata = fs::metadata(path).map_err(NoSecret::of)?;
    if !metadata.is_file() {
        // A pipe might never end, or never begin.
        return Err(NoSecret::Other(match metadata.is_dir() {
            true => "which is a directory".to_owned(),
            false => "which is no regular file".to_owned(),
        }));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(NoSecret::of)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(NoSecret::of)?;
    if bytes.len() as u64 > LARGEST {
        return Err(NoSecret::Other("which is larger than 64 KiB".to_owned()));
    }
    let mut text =
        String::from_utf8(bytes).map_err(|_| NoSecret::Other("which is not UTF-8".to_owned()))?;
    // Editors and `echo` end a file so.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Why a file has no value.
pub(super) enum NoSecret {
    /// A fallback may stand in.
    Missing,
    Other(String),
}

impl NoSecret {
    fn of(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Other(format!("which can't be read ({error})")),
        }
    }

    pub(super) fn found(self) -> String {
        match self {
            Self::Missing => "which does not exist".to_owned(),
            Self::Other(found) => found,
        }
    }
}

/// What a file that may be a secret holds, as far as [`read`] would look.
#[cfg(feature = "watch")]
pub(crate) fn secret_bytes(path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let file = File::open(path).ok()?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The files that the text of a binds.yaml names, as far as that can be seen without reading it.
#[cfg(feature = "watch")]
pub(crate) fn secret_files(text: &str) -> Vec<&str> {
    let named = text.split("${file:").skip(1);
    let ended = named.filter_map(|rest| rest.split_once('}'));
    ended
        .map(|(path, _)| path.split_once(":-").map_or(path, |(path, _)| path))
        // What is none may be a password, and is not to be logged.
        .filter(|path| is_path(path))
        .collect()
}
