//! What slaves are known to hold: moments, positions in a server's log, and the samples that connect the two.

#[allow(clippy::module_inception, reason = "the folder's main type")]
mod freshness;
mod gtid;
mod introduction;
mod life;
mod moment;
mod position;
mod samples;

pub(crate) use freshness::{Freshness, Lag, Source};
pub(crate) use gtid::{Gtid, GtidSet, ServerUuid};
pub(crate) use introduction::Introduction;
pub(crate) use life::Life;
pub(crate) use moment::{AtomicMoment, Moment};
pub(crate) use position::{Lsn, Position};
pub(crate) use samples::Samples;
