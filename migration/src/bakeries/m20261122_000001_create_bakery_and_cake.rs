use entity::{bakery, cake};
use sea_orm_migration::{prelude::*, sea_orm::Schema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = Schema::new(manager.get_database_backend());
        manager
            .create_table(schema.create_table_from_entity(bakery::Entity))
            .await?;
        manager
            .create_table(schema.create_table_from_entity(cake::Entity))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(cake::Entity).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(bakery::Entity).to_owned())
            .await
    }
}
