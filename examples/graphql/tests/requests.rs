//! The notes by GraphQL: which node served each request, and what it read.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

use std::time::Duration;

use async_graphql::{Request, Schema, dataloader::DataLoader};
use axum::{
    body::{Body, to_bytes},
    http::{
        self,
        header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    },
};
use graphql_example::{
    Mutation, Query,
    loader::{Notes, answer},
    note, prepare, router, schema,
};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    testing::{Lab, served},
};
use test_cluster::{ClusterError, PostgresCluster, until};
use tower::ServiceExt;

/// So long that no slave is ever too far behind: only a browser's own writes send its reads to the master.
const HOUR: Duration = Duration::from_secs(3600);

const OLD: &str = "INSERT INTO note (text) VALUES ('one'), ('two')";
const WRITE: &str = r#"mutation { write(text: "new") { note } }"#;
const LOOK: &str = "{ a: note(id: 1) b: note(id: 2) c: note(id: 3) }";

/// Two notes that the slave has, which learns of nothing that comes.
async fn lab() -> Lab {
    let lab = Lab::new().slaves(1).start().await.unwrap();
    prepare(lab.db()).await.unwrap();
    // Not by the test's own session.
    let strange = lab.db().session_from("");
    strange.execute_unprepared(OLD).await.unwrap();
    lab.caught_up().await;
    lab.lag("slave-1", HOUR);
    lab
}

/// Asks notes whose slave knows of two, and of nothing that comes.
async fn request_loads_what_it_has_written(db: &RoutingDatabase) {
    let schema = schema(db.clone());
    let ask = async |text: &str| {
        let session = db.session_from("").recording(10);
        let response = answer(&schema, session.clone(), Request::new(text)).await;
        assert!(response.is_ok(), "{:?}", response.errors);
        let nodes = session.statements().into_iter();
        let nodes: Vec<_> = nodes.map(|ran| ran.route.node.to_string()).collect();
        (response.data.to_string(), nodes)
    };
    let old = r#"{a: "one", b: "two", c: null}"#;
    let (data, nodes) = ask(LOOK).await;
    assert_eq!(data, old);
    assert_eq!(nodes, ["slave-1"], "all in one batch");
    let (data, nodes) = ask(WRITE).await;
    assert_eq!(data, r#"{write: {note: "new"}}"#);
    assert_eq!(nodes, ["master"; 2], "the write, and what loads it");
    let (data, nodes) = ask(LOOK).await;
    assert_eq!((data.as_str(), &*nodes), (old, &["slave-1".to_owned()][..]));
}

#[tokio::test]
async fn on_sqlite() {
    request_loads_what_it_has_written(lab().await.db()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_by_the_addresses_in_the_environment() {
    let cluster = PostgresCluster::start(1).await.unwrap();
    let database = cluster.database("notes").await.unwrap();
    let addresses = |variable: &str| {
        Some(match variable {
            "DATABASE_URL" => database.url(cluster.master()),
            "SLAVE_URL" => database.url(cluster.slave(1)),
            _ => return None,
        })
    };
    let binds = BindsConfig::from_yaml_with(include_str!("../binds.yaml"), addresses);
    let mut binds = binds.unwrap();
    binds.routing.reads = binds.routing.reads.max_lag(HOUR);
    let db = RoutingDatabase::from_config(binds).await.unwrap();
    prepare(&db).await.unwrap();
    db.execute_unprepared(OLD).await.unwrap();
    // From another session than what has just written.
    let by_slave = || async {
        let strange = db.session_from("");
        let read = served(&db, note::Entity::find().count(&strange)).await;
        Ok::<_, ClusterError>((read.nodes() == ["default.slave-1"]).then_some(()))
    };
    let soon = Duration::from_secs(30);
    until("a slave that serves", soon, by_slave).await.unwrap();
    cluster.wait_until_caught_up(soon).await.unwrap();
    cluster.slave(1).pause_replay().await.unwrap();
    request_loads_what_it_has_written(&db).await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn browser_reads_what_it_has_written() {
    let lab = lab().await;
    let site = router(lab.db().clone());
    let post = async |text: &str, cookie: &str| {
        let body = serde_json::json!({ "query": text }).to_string();
        let request = http::Request::post("/").header(COOKIE, cookie);
        let request = request.header(CONTENT_TYPE, "application/json");
        let response = site
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap());
        let response = response.await.unwrap();
        let set = response.headers().get(SET_COOKIE).cloned();
        let set = set.map(|set| set.to_str().unwrap().split(';').next().unwrap().to_owned());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), set)
    };
    let old = r#"{"data":{"a":"one","b":"two","c":null}}"#;
    assert_eq!(post(LOOK, "").await, (old.to_owned(), None));
    let (_, cookie) = post(WRITE, "").await;
    let (data, _) = post(LOOK, &cookie.unwrap()).await;
    assert_eq!(data, r#"{"data":{"a":"one","b":"two","c":"new"}}"#);
    assert_eq!(
        post(LOOK, "").await,
        (old.to_owned(), None),
        "another one's"
    );
}

/// Why each request has a loader of its own.
#[tokio::test]
async fn loader_of_the_whole_schema_misses_what_a_request_has_written() {
    let lab = lab().await;
    let shared = DataLoader::new(Notes(lab.db().clone()), tokio::spawn);
    let schema = Schema::build(Query, Mutation, async_graphql::EmptySubscription);
    let schema = schema.data(lab.db().clone()).data(shared).finish();
    let response = lab.db().scope(schema.execute(WRITE)).await;
    assert!(response.is_ok(), "{:?}", response.errors);
    assert_eq!(response.data.to_string(), "{write: {note: null}}");
}

#[test]
fn recipe_is_that_of_the_guide() {
    let recipe = include_str!("../src/loader.rs");
    let recipe = &recipe[recipe.find("/// Loads the notes").unwrap()..];
    let guide = include_str!("../../../docs/frameworks.md");
    assert!(guide.contains(recipe), "docs/frameworks.md has another one");
}
