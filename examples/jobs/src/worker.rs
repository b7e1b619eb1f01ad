//! What takes jobs, in a process of its own.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, IntoActiveModel};
use sea_orm_routing::{RoutingDatabase, recording::RecordedStatement};

use crate::{job, note, queue};

/// Does all jobs that there are, and tells what each has run.
///
/// # Errors
/// A database is not there.
pub async fn work(
    db: &RoutingDatabase,
    mut told: impl FnMut(&job::Model, &[RecordedStatement]),
) -> Result<(), DbErr> {
    while let Some(job) = queue::take(db).await? {
        // Reads what the writer had written, from a slave as soon as that has it, and nothing of the job before.
        let session = db.session_from(&job.token).recording(10);
        session.apart(count(db, job.note)).await?;
        told(&job, &session.statements());
    }
    Ok(())
}

/// Plain SeaORM, which knows nothing of jobs.
async fn count(db: &RoutingDatabase, id: i32) -> Result<(), DbErr> {
    let Some(note) = note::Entity::find_by_id(id).one(db).await? else {
        return Ok(());
    };
    let words = note.counted();
    let mut note = note.into_active_model();
    note.words = Set(Some(words));
    note.update(db).await.map(drop)
}
