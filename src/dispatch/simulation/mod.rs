//! The real route over servers that are played, on tokio's paused clock.

mod crowds;
mod fleet;
mod hedges;
mod server;
mod slow;
mod table;

use fleet::{Fleet, Setup};
use server::Server;
