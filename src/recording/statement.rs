use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer};

use super::Outcome;
use crate::route::Route;

/// A statement that a session ran; prints as one line, and serialises with durations in seconds.
///
/// ```text
/// 1.2 ms, ok: default.slave-1 (slave): read, plain query; no bind key; random choice of 2 slaves: SELECT id FROM cake
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedStatement {
    /// Where it ran, and why.
    pub route: Route,
    /// Its text, without bound values. Literals that the application wrote are in it. Of a text of more than 4 KiB it is the beginning,
    /// with its length.
    pub sql: String,
    /// When it was sent.
    pub sent: SystemTime,
    /// From then to the answer, or to the end of a stream.
    #[serde(serialize_with = "seconds")]
    pub duration: Duration,
    /// What became of it.
    pub outcome: Outcome,
}

impl fmt::Display for RecordedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            route,
            sql,
            duration,
            outcome,
            ..
        } = self;
        write!(
            f,
            "{:.1} ms, {outcome}: {route}: {sql}",
            duration.as_secs_f64() * 1_000.0
        )
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    duration.as_secs_f64().serialize(serializer)
}
