//! Posts: their addresses and what is done there.

mod change;
mod form;
mod read;
mod request;
mod routes;

pub(crate) use routes::routes;
