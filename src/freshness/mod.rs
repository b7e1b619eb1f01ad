//! What slaves are known to hold: moments, positions in a server's log, and the samples that connect the two.

mod gtid;
mod known;
mod moment;
mod position;
mod samples;

pub(crate) use gtid::{Gtid, GtidSet, ServerUuid};
pub(crate) use known::{Freshness, Lag, Source};
pub(crate) use moment::{AtomicMoment, Moment};
pub(crate) use position::{Lsn, Position};
pub(crate) use samples::Samples;
