use std::fmt;

use serde::Serialize;

/// Which kind of node a statement needs, or a function that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Leaves no trace: a slave can run it.
    Read,
    /// Everything else, such as what may change data or the session: it belongs on the master.
    Write,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}
