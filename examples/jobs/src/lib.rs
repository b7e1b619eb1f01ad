//! Sample application of `sea-orm-routing`: who writes a note puts a job with its session's token into a queue, and a worker in another
//! process reads what was written, however far slaves are behind. A batch goes through all notes on slaves.

// Imports go one way: lib → worker, batch → queue → job, note.

pub mod batch;
pub mod job;
pub mod note;
pub mod queue;
pub mod worker;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, Schema};
use sea_orm_routing::RoutingDatabase;

/// Makes the tables, if there are none, each on its bind.
///
/// # Errors
/// A master is not there, or refuses.
pub async fn prepare(db: &RoutingDatabase) -> Result<(), DbErr> {
    make(db, note::Entity).await?;
    make(&db.bind("queue").map_err(DbErr::from)?, job::Entity).await
}

async fn make(db: &RoutingDatabase, entity: impl EntityTrait) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(entity);
    db.execute(table.if_not_exists()).await.map(drop)
}

/// Writes a note, and a job for it.
///
/// # Errors
/// A master is not there.
pub async fn write(db: &RoutingDatabase, text: &str) -> Result<i32, DbErr> {
    let note = note::ActiveModel {
        text: Set(text.to_owned()),
        ..Default::default()
    };
    let note = note.insert(db).await?;
    queue::push(db, note.id).await?;
    Ok(note.id)
}
