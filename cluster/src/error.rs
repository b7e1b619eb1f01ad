use std::{io, process::ExitStatus, time::Duration};

use sea_orm::DbErr;

/// Why a cluster did not do what a test asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum ClusterError {
    /// A program of the server is not on this machine: run `tests/install`.
    #[error(
        "`{program}` is not installed; run `tests/install`, or install Debian's package `{package}`"
    )]
    Missing {
        program: &'static str,
        package: &'static str,
    },
    /// Servers refuse to run as root, and there is nobody else to run them as.
    #[error("running as root, and `/etc/passwd` has no user `nobody` to run the servers as")]
    NoAccount,
    /// A program that prepares a server failed.
    #[error("`{program}` ended with {status}; it wrote:\n{output}")]
    Program {
        program: String,
        status: ExitStatus,
        output: String,
    },
    /// A server ended while it was waited for.
    #[error("`{node}` ended with {status}; its log ends with:\n{log}")]
    Ended {
        node: String,
        status: ExitStatus,
        log: String,
    },
    /// The server is not running: start it first.
    #[error("`{node}` is not running")]
    NotRunning { node: String },
    /// A condition was not met in time.
    #[error("{what} did not come about within {deadline:?}")]
    Deadline { what: String, deadline: Duration },
    /// No port was free on loopback.
    #[error("no port of 127.0.0.1 between {0} and {1} is free")]
    NoPort(u16, u16),
    /// A server refused a statement of the harness.
    #[error("`{sql}` failed")]
    Sql { sql: String, source: DbErr },
    /// The machine refused something.
    #[error("{doing} failed")]
    Io { doing: String, source: io::Error },
}

/// Names what was being done when the machine refused it.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, ClusterError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::Io {
            doing: what(),
            source,
        })
    }
}
