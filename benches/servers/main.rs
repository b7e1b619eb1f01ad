//! What an application gains or loses by the handle, on real servers: `cargo bench --bench servers`.
//!
//! Starts a PostgreSQL and a MariaDB with two slaves each on loopback, and the proxies (`tests/install`). Reads of one
//! row, pages, a mix of reads and writes, and transactions go through SeaORM's entities in turn: each contender gets a
//! short slice of each round, so that what else the machine does hits all alike, and is compared with the others of the
//! same round. The whole run takes about ten minutes and writes the tables and plots of `docs/performance`, and the
//! summary in `docs/performance.md`.
//!
//! Words choose a part of it, which is printed, and whose plots are in `target/servers`:
//!
//! ```text
//! cargo bench --bench servers -- postgresql point 16
//! cargo bench --bench servers -- mix 64 default tuned session-1 pgpool-1 rounds=3 slice=200ms
//! ```

#![allow(clippy::print_stdout, reason = "printing is what a bench is for")]

mod cell;
mod client;
mod contender;
mod cpu;
mod figure;
mod handle;
mod item;
mod line_up;
mod operation;
mod plot;
mod proxy;
mod report;
mod selection;
mod slice;
mod summary;
mod table;
mod workload;

use std::error::Error;

use cell::Cell;
use line_up::LineUp;
use report::Report;
use selection::Selection;
use test_cluster::{Cluster, MariaDb, Postgres, Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words = std::env::args().skip(1);
    let selection = Selection::new(words.filter(|word| word != "--bench"))?;
    let mut report = Report::new(selection.is_whole())?;
    if selection.has(Postgres::NAME) {
        report.add(Postgres::NAME, &measure::<Postgres>(&selection).await?)?;
    }
    if selection.has(MariaDb::NAME) {
        report.add(MariaDb::NAME, &measure::<MariaDb>(&selection).await?)?;
    }
    report.finish()
}

/// Every cell of one server.
async fn measure<S: Server>(selection: &Selection) -> Result<Vec<Cell>, Box<dyn Error>> {
    let cluster = Cluster::<S>::start(2).await?;
    let line_up = LineUp::new(&cluster, &selection.contenders_on(S::NAME)).await?;
    let mut cells = Vec::new();
    for &workload in &selection.workloads {
        for &clients in &selection.clients {
            println!("{}: {}, {clients} clients", S::NAME, workload.name());
            let cell = Cell::measure(&cluster, &line_up, workload, clients, selection);
            cells.push(cell.await?);
        }
    }
    line_up.close().await?;
    Ok(cells)
}
