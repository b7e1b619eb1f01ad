use std::fmt;

use serde::Serialize;

/// What a node does for its bind.
#[doc(
    alias = "primary",
    alias = "replica",
    alias = "writer",
    alias = "reader"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes the writes, and the reads that no slave may serve.
    Master,
    /// Takes reads only.
    Slave,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Slave => "slave",
        })
    }
}
