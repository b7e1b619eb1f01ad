//! Runs the migrations of each bind on its own master: `cargo run -p migration -- --help`.

use std::process::ExitCode;

use migration::{Bakeries, Reports};
use sea_orm_routing_cli::migration::{Migrate, run_migrations};

/// Each bind with its migrator, in the order in which `--all` runs them.
const MIGRATORS: &[(&str, &dyn Migrate)] = &[("default", &Bakeries), ("reports", &Reports)];

fn main() -> ExitCode {
    run_migrations(MIGRATORS)
}
