//! The queue: a table of jobs.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, QueryOrder};
use sea_orm_routing::RoutingDatabase;

use crate::job;

/// Puts a job into the queue, with the token of what this session has written.
///
/// # Errors
/// The queue's database is not there.
pub async fn push(db: &RoutingDatabase, note: i32) -> Result<(), DbErr> {
    let job = job::ActiveModel {
        note: Set(note),
        token: Set(db.token().await),
        ..Default::default()
    };
    job.insert(db).await.map(drop)
}

/// Takes the oldest job, which no other worker gets.
///
/// # Errors
/// The queue's database is not there.
pub async fn take(db: &RoutingDatabase) -> Result<Option<job::Model>, DbErr> {
    loop {
        let oldest = job::Entity::find().order_by_asc(job::COLUMN.id);
        let Some(job) = oldest.one(db).await? else {
            return Ok(None);
        };
        // Who deletes it has it; another worker may have been faster.
        let deleted = job::Entity::delete_by_id(job.id).exec(db).await?;
        if deleted.rows_affected == 1 {
            return Ok(Some(job));
        }
    }
}
