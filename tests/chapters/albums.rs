//! Migrations of a table of albums.

#![allow(elided_lifetimes_in_paths, reason = "as `MigrationTrait` has it")]

use sea_orm_migration::prelude::*;

#[derive(DeriveIden)]
enum Album {
    Table,
    Id,
    Title,
    Artist,
}

pub(crate) struct CreateAlbum;

impl MigrationName for CreateAlbum {
    fn name(&self) -> &str {
        "m1_create_album"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAlbum {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new(Album::Id)
            .integer()
            .not_null()
            .auto_increment()
            .primary_key()
            .to_owned();
        let table = Table::create()
            .table(Album::Table)
            .col(id)
            .col(ColumnDef::new(Album::Title).string().not_null())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(Album::Table).to_owned();
        manager.drop_table(table).await
    }
}

pub(crate) struct AddArtist;

impl MigrationName for AddArtist {
    fn name(&self) -> &str {
        "m2_add_artist"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddArtist {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        assert!(manager.has_table("album").await?);
        let table = Table::alter()
            .table(Album::Table)
            .add_column(ColumnDef::new(Album::Artist).string())
            .to_owned();
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table(Album::Table)
            .drop_column(Album::Artist)
            .to_owned();
        manager.alter_table(table).await
    }
}
