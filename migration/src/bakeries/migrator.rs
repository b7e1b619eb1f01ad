use sea_orm_migration::prelude::*;

use super::m20261122_000001_create_bakery_and_cake;

/// Migrations of the default bind.
#[derive(Debug)]
pub struct Bakeries;

impl MigratorTrait for Bakeries {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000001_create_bakery_and_cake::Migration)]
    }
}
