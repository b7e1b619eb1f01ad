//! Faults that a plain `DatabaseConnection` survives: a `RoutingDatabase` beside it, in the same run, survives them as well.
//!
//! `cargo test --test servers beside::table -- --ignored --nocapture` makes all of them on all servers, and prints the
//! table of docs/reliability.md.

mod cancelled;
mod forgotten;
mod fronts;
mod full;
mod killed;
mod pair;
mod pauses;
mod repeated;
mod row;
mod sessions;
mod streams;
mod table;
mod throughput;
mod work;

use pair::Pair;
use row::{Count, Row};
use work::Work;
