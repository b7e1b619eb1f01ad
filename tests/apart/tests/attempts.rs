//! The spans of work that more than one node does, that goes on, or that never reaches its server: each node's attempt has its own, with
//! its own end.

use std::{collections::BTreeMap, time::Duration};

use apart::{Exported, Kitchen, Mishap, attributes, cake};
use opentelemetry_sdk::trace::SpanData;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, MockDatabase, RuntimeErr, Statement,
    StreamTrait, Value,
};
use sea_orm_routing::{BindBuilder, BindsConfig, Consistency, RoutingDatabase};
use tokio_stream::StreamExt;

/// Node, outcome, type of the error, and the last part of the reason, which is the node's.
fn ends(spans: &[SpanData]) -> Vec<[String; 4]> {
    let end = |span: &SpanData| {
        let found = attributes(span);
        let told = |key| found.get(key).cloned().unwrap_or_default();
        let reason = told("reason");
        let reason = reason.rsplit("; ").next().unwrap().to_owned();
        [told("node"), told("outcome"), told("error.type"), reason]
    };
    spans.iter().map(end).collect()
}

fn other(slave: &str) -> &'static str {
    match slave {
        "slave-1" => "slave-2",
        _ => "slave-1",
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_runs_again_elsewhere_has_a_span_at_each_node() {
    let exported = Exported::begin();
    let kitchen = Kitchen::with(Mishap::IsFull).await;
    exported.all();
    let cakes = cake::Entity::find().all(&kitchen.db).await.unwrap();
    let ends = ends(&exported.statements());
    let [first, second] = &ends[..] else {
        panic!("{ends:?}")
    };
    assert_eq!(
        first[1..],
        ["error", "ConnectionAcquire", "random choice of 2 slaves"]
    );
    let expected = [
        other(&first[0]),
        "ok",
        "",
        "another slave failed to serve it",
    ];
    assert_eq!(second[..], expected);
    assert_eq!(cakes[0].name, second[0], "who answered");
}

#[tokio::test(start_paused = true)]
async fn a_hedged_read_has_a_span_at_each_node_that_ends_when_that_has_answered() {
    let exported = Exported::begin();
    let kitchen = Kitchen::with(Mishap::IsSlow(Duration::from_millis(300))).await;
    exported.all();
    let cakes = cake::Entity::find().all(&kitchen.db).await.unwrap();
    let second = ends(&exported.statements());
    let [second] = &second[..] else {
        panic!("the first one has not ended: {second:?}")
    };
    assert_eq!(second[1..], ["ok", "", "another node had no answer yet"]);
    assert_eq!(cakes[0].name, second[0], "who answered");
    // The first one goes on, for nobody.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let first = ends(&exported.statements());
    let expected = [other(&second[0]), "ok", "", "random choice of 2 slaves"];
    assert_eq!(first, [expected.map(str::to_owned)]);
}

fn mocked() -> RoutingDatabase {
    let row = |id: i32| BTreeMap::from([("id", Value::from(id))]);
    let slave = MockDatabase::new(DbBackend::Postgres)
        .append_query_results([[row(1), row(2)], [row(1), row(2)]])
        .append_query_errors([DbErr::Query(RuntimeErr::Internal("no such".to_owned()))])
        .into_connection();
    let master = MockDatabase::new(DbBackend::Postgres).into_connection();
    let bind = BindBuilder::new("default", master)
        .slave("slave-1", slave)
        .consistency(Consistency::Eventual);
    RoutingDatabase::builder().bind(bind).build().unwrap()
}

#[tokio::test]
async fn the_span_of_a_stream_ends_with_it() {
    let exported = Exported::begin();
    let db = mocked();
    let read = || Statement::from_string(DbBackend::Postgres, "SELECT id FROM cake");
    exported.all();
    let mut stream = db.stream_raw(read()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    assert!(exported.statements().is_empty(), "it goes on");
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.is_none());
    let to_its_end = ["slave-1", "ok", "", "the only slave"];
    assert_eq!(ends(&exported.statements()), [to_its_end]);

    let mut stream = db.stream_raw(read()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    let dropped = ["slave-1", "cancelled", "", "the only slave"];
    assert_eq!(ends(&exported.statements()), [dropped]);

    let mut stream = db.stream_raw(read()).await.unwrap();
    stream.next().await.unwrap().unwrap_err();
    drop(stream);
    let failed = ["slave-1", "error", "Query", "the only slave"];
    assert_eq!(ends(&exported.statements()), [failed]);
}

/// Whether it answers or not.
#[tokio::test]
async fn the_span_at_a_node_with_an_address_has_it() {
    let exported = Exported::begin();
    let binds = "binds:\n  default: postgres://app:s3cret@127.0.0.1:1/bakery\n";
    let config = BindsConfig::from_yaml(binds).unwrap();
    let builder = RoutingDatabase::builder().lazily(true);
    let db = builder.from_config(config).await.unwrap();
    exported.all();
    db.execute_unprepared("DELETE FROM cake").await.unwrap_err();
    let spans = exported.statements();
    let span = spans.last().expect("it was for the master");
    let found = attributes(span);
    let told = [
        "db.system.name",
        "db.namespace",
        "server.address",
        "server.port",
        "node",
        "outcome",
    ]
    .map(|key| found[key].as_str());
    let expected = ["postgresql", "bakery", "127.0.0.1", "1", "master", "error"];
    assert_eq!(told, expected);
    let secret = format!("{spans:?}");
    assert!(!secret.contains("s3cret"), "{secret}");
}
