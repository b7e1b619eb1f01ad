//! `sea-orm-routing --help`

use std::process::ExitCode;

fn main() -> ExitCode {
    sea_orm_routing_cli::main()
}
