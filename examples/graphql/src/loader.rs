//! The data loader of a request.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Request, Response,
    dataloader::{DataLoader, Loader},
};
use sea_orm::{DbErr, EntityTrait, QueryFilter};
use sea_orm_routing::RoutingDatabase;

use crate::{NoteSchema, note};

/// Loads the notes that the resolvers of one request want, at once.
#[derive(Debug)]
pub struct Notes(pub RoutingDatabase);

impl Loader<i32> for Notes {
    type Value = note::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, ids: &[i32]) -> Result<HashMap<i32, note::Model>, Arc<DbErr>> {
        let wanted = note::COLUMN.id.is_in(ids.iter().copied());
        let notes = note::Entity::find().filter(wanted).all(&self.0).await;
        let notes = notes.map_err(Arc::new)?.into_iter();
        Ok(notes.map(|note| (note.id, note)).collect())
    }
}

/// Resolvers are in the request's session; what loads for them is spawned, and has the session's handle.
pub async fn answer(schema: &NoteSchema, session: RoutingDatabase, request: Request) -> Response {
    let notes = DataLoader::new(Notes(session.clone()), tokio::spawn);
    session.apart(schema.execute(request.data(notes))).await
}
