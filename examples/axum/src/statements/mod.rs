//! Which node served each statement of a request: what its session recorded.

mod history;
mod note;
mod record;
mod served_request;

pub(crate) use history::History;
pub(crate) use note::note;
pub(crate) use record::Record;
pub(crate) use served_request::ServedRequest;
