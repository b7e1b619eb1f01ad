use sea_orm_migration::{
    MigratorTraitSelf,
    async_trait::async_trait,
    sea_orm::{DbErr, DynIden},
};
use sea_orm_routing::RoutingDatabase;
use tracing::info;

use super::command::Command;

/// SeaORM's migrator behind a pointer, so that migrators of several binds fit in one list; every one of them is one.
#[async_trait]
pub trait Migrate: Sync {
    /// Runs a command on the master of the handle's bind.
    async fn run(&self, db: &RoutingDatabase, command: Command) -> Result<(), DbErr>;

    /// The table that holds the migrator's history.
    fn table(&self) -> DynIden;
}

#[async_trait]
impl<M: MigratorTraitSelf> Migrate for M {
    async fn run(&self, db: &RoutingDatabase, command: Command) -> Result<(), DbErr> {
        match command {
            Command::Fresh => self.fresh(db).await,
            Command::Refresh => self.refresh(db).await,
            Command::Reset => self.reset(db).await,
            Command::Status => status(self, &db.master()).await,
            Command::Up { num } => self.up(db, num).await,
            Command::Down { num } => self.down(db, Some(num)).await,
        }
    }

    fn table(&self) -> DynIden {
        self.migration_table_name()
    }
}

/// SeaORM's own `status`, which also creates the table; looking must not write.
async fn status<M: MigratorTraitSelf>(migrator: &M, master: &RoutingDatabase) -> Result<(), DbErr> {
    info!("Checking migration status");
    for migration in migrator.get_migration_with_status_read_only(master).await? {
        info!("Migration '{}'... {}", migration.name(), migration.status());
    }
    Ok(())
}
