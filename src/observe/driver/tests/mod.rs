#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod drivers;
mod mysql;
mod network;
mod postgres;
mod sqlite;
mod wire;
