//! A batch over all notes, of which each page is a session of its own.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use sea_orm_routing::{RoutingDatabase, recording::RecordedStatement};

use crate::note;

/// Counts the words of all notes that no worker has counted, `size` notes at a time, and tells what each page has run.
///
/// # Errors
/// A database is not there.
pub async fn recount(
    db: &RoutingDatabase,
    size: u64,
    mut told: impl FnMut(&[RecordedStatement]),
) -> Result<usize, DbErr> {
    let (mut last, mut counted) = (0, 0);
    loop {
        // In one session for all pages, the first write would send every page after it to the master.
        let page = db.session_from("").recording(1000);
        let (read, written) = page.apart(recount_page(db, last, size)).await?;
        told(&page.statements());
        counted += written;
        match read {
            Some(id) => last = id,
            None => return Ok(counted),
        }
    }
}

/// The last note of the page behind `last`, and how many of the page's were counted now.
async fn recount_page(
    db: &RoutingDatabase,
    last: i32,
    size: u64,
) -> Result<(Option<i32>, usize), DbErr> {
    let notes = note::Entity::find().filter(note::COLUMN.id.gt(last));
    let notes = notes.order_by_asc(note::COLUMN.id).limit(size);
    let notes = notes.all(db).await?;
    let (read, mut written) = (notes.last().map(|note| note.id), 0);
    for note in notes.into_iter().filter(|note| note.words.is_none()) {
        let words = note.counted();
        let mut note = note.into_active_model();
        note.words = Set(Some(words));
        note.update(db).await?;
        written += 1;
    }
    Ok((read, written))
}
