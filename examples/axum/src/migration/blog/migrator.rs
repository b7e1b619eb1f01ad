use sea_orm_migration::prelude::*;

use super::m20261126_000001_create_post;

/// Migrations of the default bind.
#[derive(Debug)]
pub(crate) struct Blog;

impl MigratorTrait for Blog {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261126_000001_create_post::Migration)]
    }
}
