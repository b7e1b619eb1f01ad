//! The command as somebody at a prompt meets it.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod desk;
mod files;
mod servers;
