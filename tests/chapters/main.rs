//! Every chapter of SeaORM's documentation, twice from the same source: once with `DatabaseConnection`, and once with
//! `RoutingDatabase` over two binds with slaves, where each step also tells which node served it.
//!
//! Each on embedded SQLite, on PostgreSQL with streaming slaves, and on MariaDB and MySQL with GTID slaves.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where a fixture or a statement fails"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "that the same source compiles with both types is what is tested"
)]

mod albums;
mod entities;
#[macro_use]
mod every_server;
mod plain;
mod routed;
mod seed;
#[path = "../support/served.rs"]
mod served;
mod shelf;
mod site;
