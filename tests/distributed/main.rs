//! Transactions over several binds: on SQLite, PostgreSQL and MariaDB, and whatever crashes between two steps.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where a fixture or a statement fails; the crash matrix prints its table"
)]

mod books;
mod crash;
mod faults;
mod in_order;
mod two_phase;
