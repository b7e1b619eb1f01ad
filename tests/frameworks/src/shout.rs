//! A worker that reads what the request has written, and a task.

use loco_rs::{
    prelude::*,
    task::{TaskInfo, Vars},
};
use sea_orm::{ActiveValue::Set, PaginatorTrait};
use serde::{Deserialize, Serialize};

use crate::{note, routing};

/// Writes a note in capitals, in a task or process of its own.
pub struct Shout(AppContext);

#[derive(Debug, Deserialize, Serialize)]
pub struct Shouted {
    pub note: i32,
    /// `db.token().await` of whoever wrote the note.
    pub token: String,
}

#[async_trait]
impl BackgroundWorker<Shouted> for Shout {
    fn build(context: &AppContext) -> Self {
        Self(context.clone())
    }

    async fn perform(&self, job: Shouted) -> Result<()> {
        let db = routing::database(&self.0)?.session_from(&job.token);
        // A slave that lacks the note would say that there is none.
        let note = note::Entity::find_by_id(job.note).one(&db).await?;
        let note = note.ok_or_else(|| Error::NotFound)?;
        let text = note.text.to_uppercase();
        let mut note = note.into_active_model();
        note.text = Set(text);
        note.update(&db).await?;
        Ok(())
    }
}

/// Says how many notes there are, from a slave: `cargo loco task count`.
pub struct Count;

#[async_trait]
impl Task for Count {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "count".to_owned(),
            detail: "counts the notes".to_owned(),
        }
    }

    async fn run(&self, context: &AppContext, _: &Vars) -> Result<()> {
        let db = routing::database(context)?.recording(1);
        let count = note::Entity::find().count(&db).await?;
        for ran in db.statements() {
            println!("{count} notes, by {}", ran.route.node);
        }
        Ok(())
    }
}
