//! The default bind.

mod m20261122_000001_create_bakery_and_cake;
mod migrator;

pub use migrator::Bakeries;
