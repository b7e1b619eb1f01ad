//! The notes over HTTP: which node served each request, and what it read.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

use std::time::Duration;

use actix_example::{note, prepare, site};
use actix_web::{
    App,
    body::to_bytes,
    http::header::{COOKIE, SET_COOKIE},
    test::{TestRequest, call_service, init_service},
};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    carrier::SessionCarrier,
    testing::{Lab, served},
};
use test_cluster::{ClusterError, PostgresCluster, until};

/// So long that no slave is ever too far behind: only a browser's own writes send its reads to the master.
const HOUR: Duration = Duration::from_secs(3600);

const OLD: &str = "INSERT INTO note (text) VALUES ('old')";

/// Visits notes whose slave knows of `old`, and of nothing that comes.
async fn browser_reads_what_it_has_written(db: &RoutingDatabase) {
    let app = App::new().configure(site(db.clone(), SessionCarrier::new()));
    let app = init_service(app).await;
    // All in one task, as the requests of one connection; the nodes that served, the text, and the cookie that was set.
    let send = async |request: TestRequest, path: &str, cookie: &str| {
        let request = request.uri(path).insert_header((COOKIE, cookie));
        let answer = served(db, async {
            let response = call_service(&app, request.to_request()).await;
            assert!(response.status().is_success(), "{}", response.status());
            let set = response.headers().get(SET_COOKIE).cloned();
            let set = set.map(|set| set.to_str().unwrap().to_owned());
            let said = response.headers().get("served-by").cloned();
            let body = to_bytes(response.into_body()).await.unwrap();
            (String::from_utf8(body.to_vec()).unwrap(), set, said)
        })
        .await;
        let nodes = answer.nodes().join(" ");
        let (text, set, said) = answer.output;
        if let Some(said) = said {
            assert_eq!(format!("default.{}", said.to_str().unwrap()), nodes);
        }
        (nodes, text, set)
    };
    let get = async |path: &str, cookie: &str| {
        let (nodes, text, set) = send(TestRequest::get(), path, cookie).await;
        assert_eq!(set, None, "{path} writes nothing");
        (nodes, text)
    };
    let by = |node: &str, text: &str| (node.to_owned(), text.to_owned());

    assert_eq!(get("/", "lang=en").await, by("default.slave-1", "old\n"));
    let new = TestRequest::post().set_payload("new");
    let (nodes, _, set) = send(new, "/", "lang=en").await;
    assert!(nodes.starts_with("default.master"), "{nodes}");
    let cookie = set.unwrap().split(';').next().unwrap().to_owned();

    assert_eq!(get("/", &cookie).await, by("default.master", "old\nnew\n"));
    let streamed = get("/count", &cookie).await;
    assert_eq!(streamed, by("default.master", "2"), "after the handler");
    let (_, in_a_task) = get("/task", &cookie).await;
    assert_eq!(in_a_task, "2");

    let stranger = get("/", "lang=en").await;
    assert_eq!(stranger, by("default.slave-1", "old\n"), "by the same task");
    assert_eq!(get("/count", "").await, by("default.slave-1", "1"));
    assert_eq!(get("/task", "").await.1, "1");
}

#[actix_web::test]
async fn on_sqlite() {
    let lab = Lab::new().slaves(1).start().await.unwrap();
    let db = lab.db();
    prepare(db).await.unwrap();
    db.execute_unprepared(OLD).await.unwrap();
    lab.caught_up().await;
    lab.lag("slave-1", HOUR);
    browser_reads_what_it_has_written(db).await;
}

#[actix_web::test]
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
    until("a slave that has the note", soon, by_slave)
        .await
        .unwrap();
    cluster.wait_until_caught_up(soon).await.unwrap();
    cluster.slave(1).pause_replay().await.unwrap();
    browser_reads_what_it_has_written(&db).await;
    db.close().await.unwrap();
}

#[test]
fn recipe_is_that_of_the_guide() {
    let recipe = include_str!("../src/session.rs");
    let recipe = &recipe[recipe.find("use std::").unwrap()..];
    let guide = include_str!("../../../docs/frameworks.md");
    assert!(guide.contains(recipe), "docs/frameworks.md has another one");
}
