//! Two handlers that route, and one that names loco's own connection.

use axum::Extension;
use loco_rs::prelude::*;
use sea_orm::ActiveValue::Set;
use sea_orm_routing::RoutingDatabase;
use serde::Serialize;

use crate::note;

/// What a request reads, and the nodes that served it.
#[derive(Serialize)]
struct Answer {
    texts: Vec<String>,
    nodes: Vec<String>,
}

async fn list(Extension(db): Extension<RoutingDatabase>) -> Result<Response> {
    let db = db.recording(10);
    let notes = note::Entity::find().all(&db).await?;
    let statements = db.statements().into_iter();
    format::json(Answer {
        texts: notes.into_iter().map(|note| note.text).collect(),
        nodes: statements.map(|ran| ran.route.node.to_string()).collect(),
    })
}

async fn create(Extension(db): Extension<RoutingDatabase>, text: String) -> Result<Response> {
    new(text).insert(&db).await?;
    format::empty()
}

/// As code that was there before.
async fn create_by_loco(State(context): State<AppContext>, text: String) -> Result<Response> {
    insert(&context.db, text).await?;
    format::empty()
}

async fn insert(db: &DatabaseConnection, text: String) -> Result<note::Model, DbErr> {
    new(text).insert(db).await
}

fn new(text: String) -> note::ActiveModel {
    note::ActiveModel {
        text: Set(text),
        ..Default::default()
    }
}

pub fn routes() -> Routes {
    Routes::new()
        .add("/notes", get(list).post(create))
        .add("/by-loco", post(create_by_loco))
}
