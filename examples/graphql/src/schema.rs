//! What can be asked.

use async_graphql::{
    ComplexObject, Context, EmptySubscription, Object, Result, Schema, SimpleObject,
    dataloader::DataLoader,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use sea_orm_routing::RoutingDatabase;

use crate::{loader::Notes, note};

/// The notes, by number.
pub type NoteSchema = Schema<Query, Mutation, EmptySubscription>;

/// A schema whose resolvers have the plain handle; each request has its own loader.
#[must_use]
pub fn schema(db: RoutingDatabase) -> NoteSchema {
    Schema::build(Query, Mutation, EmptySubscription)
        .data(db)
        .finish()
}

/// Reads.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// What a note says.
    async fn note(&self, context: &Context<'_>, id: i32) -> Result<Option<String>> {
        load(context, id).await
    }
}

/// Writes.
#[derive(Debug)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Writes a note.
    async fn write(&self, context: &Context<'_>, text: String) -> Result<Written> {
        let note = note::ActiveModel {
            text: Set(text),
            ..Default::default()
        };
        let note = note.insert(context.data::<RoutingDatabase>()?).await?;
        Ok(Written { id: note.id })
    }
}

/// What was written.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct Written {
    id: i32,
}

#[ComplexObject]
impl Written {
    /// What it says, as it is read again.
    async fn note(&self, context: &Context<'_>) -> Result<Option<String>> {
        load(context, self.id).await
    }
}

async fn load(context: &Context<'_>, id: i32) -> Result<Option<String>> {
    let notes = context.data::<DataLoader<Notes>>()?;
    Ok(notes.load_one(id).await?.map(|note| note.text))
}
