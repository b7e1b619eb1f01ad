//! The recipe of docs/frameworks.md for the data loaders of async-graphql, as it stands there.

#[path = "support/lab.rs"]
mod lab;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    ComplexObject, Context, EmptySubscription, Object, Request, Response, Result, Schema,
    SimpleObject,
    dataloader::{DataLoader, Loader},
};
use frameworks::note;
use lab::lab_with_notes;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, QueryFilter};
use sea_orm_routing::{RoutingDatabase, testing::Lab};

type NoteSchema = Schema<Query, Mutation, EmptySubscription>;

/// Loads the notes that the resolvers of one request want, at once.
struct Notes(RoutingDatabase);

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

/// Resolvers are in the request's session by its scope; what loads for them is spawned, and has its handle.
async fn answer(schema: &NoteSchema, session: RoutingDatabase, request: Request) -> Response {
    let notes = DataLoader::new(Notes(session.clone()), tokio::spawn);
    session.scope(schema.execute(request.data(notes))).await
}

struct Query;

#[Object]
impl Query {
    async fn note(&self, context: &Context<'_>, id: i32) -> Result<Option<String>> {
        load(context, id).await
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn write(&self, context: &Context<'_>, text: String) -> Result<Written> {
        let note = note::ActiveModel {
            text: Set(text),
            ..Default::default()
        };
        let note = note.insert(context.data::<RoutingDatabase>()?).await?;
        Ok(Written { id: note.id })
    }
}

#[derive(SimpleObject)]
#[graphql(complex)]
struct Written {
    id: i32,
}

#[ComplexObject]
impl Written {
    async fn note(&self, context: &Context<'_>) -> Result<Option<String>> {
        load(context, self.id).await
    }
}

async fn load(context: &Context<'_>, id: i32) -> Result<Option<String>> {
    let notes = context.data::<DataLoader<Notes>>()?;
    Ok(notes.load_one(id).await?.map(|note| note.text))
}

const WRITE: &str = r#"mutation { write(text: "new") { note } }"#;
const LOOK: &str = "{ a: note(id: 1) b: note(id: 2) }";

/// A schema over a lab with two notes, of which its slave knows, and which knows of nothing that comes.
async fn lab() -> (Lab, NoteSchema) {
    let lab = lab_with_notes().await;
    let schema = Schema::build(Query, Mutation, EmptySubscription).data(lab.db().clone());
    // The recipe's own loader is the request's, and is found before this one.
    let shared = DataLoader::new(Notes(lab.db().clone()), tokio::spawn);
    (lab, schema.data(shared).finish())
}

#[tokio::test]
async fn request_loads_what_it_has_written() {
    let (lab, schema) = lab().await;
    let ask = async |text: &str| {
        let session = lab.db().session_from("").recording(10);
        let response = answer(&schema, session.clone(), Request::new(text)).await;
        assert!(response.is_ok(), "{:?}", response.errors);
        let nodes = session.statements().into_iter();
        let nodes: Vec<_> = nodes.map(|ran| ran.route.node.to_string()).collect();
        (response.data.to_string(), nodes)
    };
    let (data, nodes) = ask(LOOK).await;
    assert_eq!(data, r#"{a: "one", b: "two"}"#);
    assert_eq!(nodes, ["slave-1"], "both in one batch");
    let (data, nodes) = ask(WRITE).await;
    assert_eq!(data, r#"{write: {note: "new"}}"#);
    assert!(nodes.iter().all(|node| node == "master"), "{nodes:?}");
}

/// Why the recipe is needed.
#[tokio::test]
async fn loader_of_the_whole_schema_misses_what_a_request_has_written() {
    let (lab, schema) = lab().await;
    let response = lab.db().scope(schema.execute(WRITE)).await;
    assert!(response.is_ok(), "{:?}", response.errors);
    assert_eq!(response.data.to_string(), "{write: {note: null}}");
}

#[test]
fn recipe_is_that_of_the_guide() {
    let here = include_str!("graphql.rs");
    let start = here.find("/// Loads the notes").unwrap();
    let end = here.find("struct Query;").unwrap();
    let guide = include_str!("../../../docs/frameworks.md");
    let recipe = here[start..end].trim_end();
    assert!(guide.contains(recipe), "docs/frameworks.md has another one");
}
