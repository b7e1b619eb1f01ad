//! The recipe of docs/frameworks.md for Seaography, as it stands there.

#[path = "support/lab.rs"]
mod lab;

use std::sync::LazyLock;

use frameworks::note;
use lab::lab_with_notes;
use sea_orm::EntityTrait;
use sea_orm_routing::RoutingDatabase;
use seaography::{
    Builder, BuilderContext,
    async_graphql::dynamic::{Field, FieldFuture, FieldValue, Schema, SchemaError, TypeRef},
};

static CONTEXT: LazyLock<BuilderContext> = LazyLock::new(BuilderContext::default);

/// Seaography's own fields are the master's; what is read much has a field that routes.
fn schema(db: &RoutingDatabase) -> Result<Schema, SchemaError> {
    let master = db.master_connection();
    let mut builder = Builder::new(&CONTEXT, master.clone());
    seaography::register_entities!(builder, [note]);
    let notes = TypeRef::named_nn_list_nn("Note");
    let notes = Field::new("notes", notes, |context| {
        FieldFuture::new(async move {
            let db = context.data::<RoutingDatabase>()?;
            let notes = note::Entity::find().all(db).await?.into_iter();
            Ok(Some(FieldValue::list(notes.map(FieldValue::owned_any))))
        })
    });
    builder.queries.push(notes);
    let schema = builder.schema_builder();
    schema.data(master).data(db.clone()).finish()
}

#[tokio::test]
async fn own_fields_are_the_masters_and_others_read_what_they_have_written() {
    let lab = lab_with_notes().await;
    let db = lab.db().clone();
    // Whoever takes the master's connection counts as its user.
    let schema = tokio::spawn(async move { schema(&db).unwrap() });
    let schema = schema.await.unwrap();
    // Each in a task of its own, as of two connections.
    let ask = async |session: &RoutingDatabase, text: &'static str| {
        let (schema, session) = (schema.clone(), session.clone());
        let answer = async move { session.scope(schema.execute(text)).await };
        let response = tokio::spawn(answer).await.unwrap();
        assert!(response.is_ok(), "{:?}", response.errors);
        response.data.to_string()
    };
    let session = || lab.db().session_from("").recording(10);
    let (writer, stranger) = (session(), session());
    let nodes = |session: &RoutingDatabase| {
        let statements = session.statements().into_iter();
        let nodes = statements.map(|ran| ran.route.node.to_string());
        nodes.collect::<Vec<_>>()
    };

    let own = "{ note { nodes { text } } }";
    let routed = "{ notes { text } }";
    let old = r#"[{text: "one"}, {text: "two"}]"#;
    assert_eq!(
        ask(&writer, own).await,
        format!("{{note: {{nodes: {old}}}}}")
    );
    assert!(nodes(&writer).is_empty(), "it is not routed");
    assert_eq!(ask(&writer, routed).await, format!("{{notes: {old}}}"));
    assert_eq!(nodes(&writer), ["slave-1"]);

    let create = r#"mutation { noteCreateOne(data: { id: 3, text: "new" }) { id } }"#;
    assert_eq!(ask(&writer, create).await, "{noteCreateOne: {id: 3}}");
    let new = r#"{notes: [{text: "one"}, {text: "two"}, {text: "new"}]}"#;
    assert_eq!(ask(&writer, routed).await, new);
    assert_eq!(nodes(&writer), ["slave-1", "master"], "its own write");
    assert_eq!(ask(&stranger, routed).await, format!("{{notes: {old}}}"));
    assert_eq!(nodes(&stranger), ["slave-1"], "another's");
}

#[test]
fn recipe_is_that_of_the_guide() {
    let here = include_str!("seaography.rs");
    let start = here.find("static CONTEXT").unwrap();
    let end = here.find("#[tokio::test]").unwrap();
    let guide = include_str!("../../../docs/frameworks.md");
    let recipe = here[start..end].trim_end();
    assert!(guide.contains(recipe), "docs/frameworks.md has another one");
}
