//! All that needs no server: SQLite files, mocks, and nothing at all.
//!
//! The folders are called after the rooms of `src` that they test: `cargo test --test sqlite dispatch::`. The binds
//! of every test here are `default` and `reports`, as an entity's key must name a bind wherever it is linked.

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

mod adapter;
mod bakery;
mod bind;
mod carrier;
mod catalogue;
mod classify;
mod connect;
mod dispatch;
mod modification;
mod page;
mod reload;
mod restricted;
mod session;
mod tenants;
mod testing;
mod tower;
mod transaction;
