//! The blog on a free port of loopback, and who visits it.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod page;
mod site;
mod visitor;

pub(crate) use page::{Page, Served};
pub(crate) use site::{Site, binds, binds_in};
pub(crate) use visitor::Visitor;
