//! What slaves are known to hold: moments, positions in a server's log, and the samples that connect the two.

mod gtid;
mod known;
mod moment;
mod position;
mod samples;

pub(crate) use gtid::{Gtid, GtidSet, ServerUuid};
pub(crate) use known::{Freshness, Lag, Source};
pub(crate) use moment::{AtomicMoment, Moment};
#[cfg_attr(
    not(feature = "sqlx-postgres"),
    allow(unused_imports, reason = "PostgreSQL's probe and the tests read it")
)]
pub(crate) use position::Lsn;
pub(crate) use position::Position;
pub(crate) use samples::Samples;
