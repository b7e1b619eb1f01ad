//! The `reports` bind.

mod m20261122_000001_create_report;
mod migrator;

pub use migrator::Reports;
