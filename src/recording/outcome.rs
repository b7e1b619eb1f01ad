use std::{borrow::Cow, fmt};

use serde::Serialize;

/// What became of a statement at its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was answered; a stream was read to its end.
    Ok,
    /// A slave refused it; another node is asked if one may be.
    Refused(Cow<'static, str>),
    /// It failed. The text is the server's code, such as `23505`, else a name of the kind of error.
    Error(Cow<'static, str>),
    /// Nobody waited for its end, or read the stream to its end.
    Cancelled,
}

impl Outcome {
    /// One of four words: `ok`, `refused`, `error`, `cancelled`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused(_) => "refused",
            Self::Error(_) => "error",
            Self::Cancelled => "cancelled",
        }
    }

    /// The server's code of the error, such as `23505`, else a name of its kind.
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::Refused(error) | Self::Error(error) => Some(error),
            Self::Ok | Self::Cancelled => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error_type() {
            Some(error) => write!(f, "{} {error}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}
