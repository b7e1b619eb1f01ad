use sea_orm_migration::prelude::*;

use super::m20261126_000001_create_audit_entry;

/// Migrations of the bind `audit`.
#[derive(Debug)]
pub(crate) struct Audit;

impl MigratorTrait for Audit {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261126_000001_create_audit_entry::Migration)]
    }
}
