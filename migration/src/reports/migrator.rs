use sea_orm_migration::prelude::*;

use super::m20261122_000001_create_report;

/// Migrations of the `reports` bind.
#[derive(Debug)]
pub struct Reports;

impl MigratorTrait for Reports {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000001_create_report::Migration)]
    }
}
