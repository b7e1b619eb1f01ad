use async_trait::async_trait;
use sea_orm::Schema;
use sea_orm_migration::prelude::*;

use crate::note;

/// Makes the one table.
pub struct Migrator;

struct Notes;

impl MigrationName for Notes {
    fn name(&self) -> &str {
        "m1_notes"
    }
}

#[async_trait]
impl MigrationTrait for Notes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = Schema::new(manager.get_database_backend());
        manager
            .create_table(schema.create_table_from_entity(note::Entity))
            .await
    }
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Notes)]
    }
}
