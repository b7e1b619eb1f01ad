//! The route of a statement, top to bottom: class → bind → node → attempt.

mod attempt;
mod background;
#[cfg(test)]
mod bound_tests;
mod closer;
mod decision;
mod dialect;
mod dispatcher;
mod explained;
mod governance;
mod hedge;
mod inquiry;
mod judgement;
mod judgements;
mod logins;
mod master;
mod nowhere;
mod outcome;
mod outfit;
mod parcel;
mod placement;
mod placing;
mod reader;
#[cfg(feature = "axum")]
mod readiness;
mod recent;
mod record;
mod room;
mod router;
mod scope;
mod service;
#[cfg(test)]
mod simulation;
#[cfg_attr(not(feature = "tracing-spans"), path = "no_span.rs")]
mod span;
mod statement;
mod surroundings;
mod telling;
mod texts;
mod timing;
mod transaction;
mod wait;
mod wording;

#[cfg(feature = "stream")]
pub(crate) use attempt::forget_unless_it_happened;
pub(crate) use attempt::{Attempt, Work};
pub(crate) use decision::Decision;
pub(crate) use dispatcher::Dispatcher;
pub(crate) use explained::explained;
pub(crate) use governance::Governance;
pub(crate) use judgements::Judgements;
pub(crate) use parcel::Parcel;
pub(crate) use placement::{Placement, Stage};
#[cfg(feature = "axum")]
pub(crate) use readiness::Readiness;
pub(crate) use router::Router;
pub(crate) use scope::{NodeScope, Scope};
#[cfg(feature = "stream")]
pub(crate) use service::abandonment;
pub(crate) use service::{
    still_holds, still_serves, was_down, was_replaced, while_serving, while_up, while_well,
};
pub(crate) use statement::Method;
#[cfg(feature = "carrier")]
pub(crate) use surroundings::within_surroundings;
pub(crate) use surroundings::{Around, Place, Shard, Surroundings, surrounded, unsurrounded};
pub(crate) use telling::Telling;
pub(crate) use wording::Wording;
