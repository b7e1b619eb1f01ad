//! What a session ran: see [`RoutingDatabase::recording`](crate::RoutingDatabase::recording).

mod outcome;
mod recorder;
mod statement;

pub use outcome::Outcome;
#[cfg(feature = "carrier")]
pub(crate) use recorder::recording_within;
pub(crate) use recorder::{Recorder, Recorders, current, recording, shortened};
pub use statement::RecordedStatement;
