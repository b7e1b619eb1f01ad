use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sea_orm_routing::{
    BindsConfig, ConfigError, ConnectError, RoutingDatabase, RoutingDatabaseBuilder,
};

use super::error::CommandError;

/// What stands for standard input where a file is named.
pub(super) const STANDARD_INPUT: &str = "-";

/// Bytes of standard input that may be a binds.yaml, as of a file.
const LARGEST: u64 = 16 << 20;

/// A binds.yaml: a file, or what was read from standard input. Relative paths in either start from the working directory.
pub(super) enum BindsFile {
    Path(PathBuf),
    Text(String),
}

impl BindsFile {
    /// Reads standard input to its end, if that is meant.
    ///
    /// # Errors
    /// [`CommandError::Read`]: standard input can't be read, or is too long.
    pub(super) fn of(path: &Path) -> Result<Self, CommandError> {
        match path == Path::new(STANDARD_INPUT) {
            true => read(io::stdin(), LARGEST).map(Self::Text),
            false => Ok(Self::Path(path.to_owned())),
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Text(_) => "standard input".to_owned(),
        }
    }

    pub(super) fn config(&self) -> Result<BindsConfig, ConfigError> {
        match self {
            Self::Path(path) => BindsConfig::from_path(path),
            Self::Text(text) => BindsConfig::from_yaml(text),
        }
    }

    pub(super) fn text(&self) -> io::Result<String> {
        match self {
            Self::Path(path) => fs::read_to_string(path),
            Self::Text(text) => Ok(text.clone()),
        }
    }

    /// The database of it.
    pub(super) async fn open(
        &self,
        builder: RoutingDatabaseBuilder,
    ) -> Result<RoutingDatabase, ConnectError> {
        match self {
            Self::Path(path) => builder.connect(path).await,
            Self::Text(text) => builder.from_config(BindsConfig::from_yaml(text)?).await,
        }
    }
}

/// What standard input, or another reader in its place, holds.
pub(super) fn read(input: impl Read, most: u64) -> Result<String, CommandError> {
    let mut text = String::new();
    let read = input.take(most.saturating_add(1)).read_to_string(&mut text);
    let read = match read {
        Ok(length) if length as u64 > most => Err(io::ErrorKind::FileTooLarge.into()),
        read => read,
    };
    let failed = |source| CommandError::Read {
        path: STANDARD_INPUT.into(),
        source,
    };
    read.map(|_| text).map_err(failed)
}
