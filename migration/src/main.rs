//! Runs the migrations of each bind on its own master: `cargo run -p migration -- --help`.

mod runner;

use std::process::ExitCode;

use migration::{Bakeries, Reports};
use runner::Migrate;

/// Each bind with its migrator, in the order in which `--all` runs them.
const MIGRATORS: &[(&str, &dyn Migrate)] = &[("default", &Bakeries), ("reports", &Reports)];

fn main() -> ExitCode {
    runner::main(MIGRATORS)
}
