//! Which node served each statement of a request: the crate's log events, collected by request.

mod collector;
mod history;
mod layer;
mod record;
mod served_request;
mod statement;

pub use collector::Collector;
pub(crate) use history::History;
pub(crate) use layer::RecordLayer;
pub(crate) use record::Record;
pub(crate) use served_request::ServedRequest;
pub(crate) use statement::Statement;
