//! All that needs real servers which replicate: PostgreSQL, MariaDB and MySQL, installed by `tests/install`.
//!
//! The folders are called after the rooms of `src` that they test: `cargo test --test servers node::`. No entity here
//! has a bind key, so that the bind `default` is enough.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where a fixture or a statement fails, and prints what it measured"
)]
#![allow(
    unreachable_pub,
    unnameable_types,
    reason = "SeaORM's macros want public entities"
)]

#[path = "../support/mod.rs"]
mod support;

mod balance;
mod beside;
mod cancel_safety;
mod catalogue;
mod classify;
mod closing;
mod connect;
mod connecting;
mod credentials;
mod dispatch;
mod freshness;
mod modification;
mod node;
mod observe;
mod odd_logins;
mod read_only;
mod refusal;
mod reload;
mod replicated;
mod session;
mod tenants;
mod thousands;
mod transaction;
mod within;
