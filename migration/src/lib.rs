//! Migrations of the sample application: each bind has its own migrator and its own record of what it ran.
//!
//! Run a migrator with the handle of its bind; it goes to that bind's master:
//! `Reports::up(&db.bind("reports")?, None)`. Or run them all by hand: `cargo run -p migration -- --all up`.

#![allow(
    elided_lifetimes_in_paths,
    reason = "async-trait wants the signatures of SeaORM's trait to the letter"
)]

mod bakeries;
mod reports;

pub use bakeries::Bakeries;
pub use reports::Reports;
pub use sea_orm_migration::MigratorTrait;
