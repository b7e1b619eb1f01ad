use std::{io, path::PathBuf};

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_routing::{ConfigError, ConnectError};
use thiserror::Error;

/// Why a command did not do what it was asked for.
#[derive(Debug, Error)]
pub(super) enum CommandError {
    #[error("{0}")]
    Environment(String),
    #[error("the runtime can't be started")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error("`{path}` can't be read", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("no `Cargo.toml` in `{directory}`, expected the package of the migrations (--migration-dir)", directory = directory.display())]
    NoMigrations { directory: PathBuf },
    #[error("`cargo` can't be run")]
    Cargo(#[source] io::Error),
    #[error("`{url}` does not answer like a status page: {why}")]
    Page { url: String, why: String },
    #[error("standard output can't be written")]
    Output(#[from] io::Error),
}
