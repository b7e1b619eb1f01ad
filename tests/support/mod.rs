//! A bakery on SQLite files whose nodes hold different rows, so that a row tells which node it came from.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod bakery;
mod served;
mod told;

#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use bakery::{Bakery, open};
#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use served::served;
#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use told::{already, soon, told};
