//! The application as loco starts it, on a PostgreSQL whose slave lags.

use std::{process::Stdio, time::Duration};

use reqwest::{Client, StatusCode};
use serde::Deserialize;
use test_cluster::{ClusterError, PostgresCluster, free_port, until};
use tokio::process::{Child, Command};

/// For what takes milliseconds on an idle machine.
const SOON: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Answer {
    texts: Vec<String>,
    nodes: Vec<String>,
}

struct Site {
    address: String,
    process: Child,
}

impl Site {
    async fn start(master: String, slave: String) -> Self {
        let port = free_port().unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_loco-app"))
            .args(["start", "--environment", "development"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("PORT", port.to_string())
            .env("DATABASE_URL", master)
            .env("SLAVE_URL", slave)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let address = format!("http://localhost:{port}");
        let site = Self {
            address,
            process: process.unwrap(),
        };
        let listens = || async {
            let answer = reqwest::get(site.url("/_ping")).await;
            Ok::<_, ClusterError>(answer.ok().map(drop))
        };
        until("an answer of loco", SOON, listens).await.unwrap();
        site
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    async fn list(&self, browser: &Client) -> Answer {
        let answer = browser.get(self.url("/notes")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    async fn post(&self, browser: &Client, path: &str, text: &'static str) {
        let answer = browser.post(self.url(path)).body(text).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
}

fn browser() -> Client {
    Client::builder().cookie_store(true).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn request_reads_what_its_browser_has_written_by_whichever_connection() {
    let cluster = PostgresCluster::start(1).await.unwrap();
    let database = cluster.database("notes").await.unwrap();
    let urls = [cluster.master(), cluster.slave(1)].map(|node| database.url(node));
    let [master, slave] = urls;
    // Its table is made by loco's migrations, on the connection that loco was given.
    let mut site = Site::start(master, slave).await;
    let by_slave = || async {
        let answer = site.list(&browser()).await;
        Ok::<_, ClusterError>((answer.nodes == ["slave-1"]).then_some(()))
    };
    until("a slave that serves", SOON, by_slave).await.unwrap();
    cluster.slave(1).pause_replay().await.unwrap();

    for (path, text) in [("/notes", "routed"), ("/by-loco", "by loco")] {
        let writer = browser();
        site.post(&writer, path, text).await;
        let answer = site.list(&writer).await;
        assert_eq!(answer.nodes, ["master"], "{path}");
        assert!(answer.texts.contains(&text.to_owned()), "{path}");
        let answer = site.list(&browser()).await;
        assert_eq!(answer.nodes, ["slave-1"], "{path}");
        assert!(answer.texts.is_empty(), "{path}");
    }

    let id = site.process.id().unwrap().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(told.unwrap().success());
    let ended = tokio::time::timeout(SOON, site.process.wait()).await;
    assert!(ended.unwrap().unwrap().success());
}

#[test]
fn recipe_is_that_of_the_guide() {
    let guide = include_str!("../../../docs/frameworks.md");
    let recipe = include_str!("../src/routing.rs");
    assert!(guide.contains(recipe), "docs/frameworks.md has another one");
    let hooks = include_str!("../src/app.rs");
    let start = hooks.find("    async fn after_context").unwrap();
    let end = hooks.find("    fn routes").unwrap();
    let hooks = hooks[start..end].trim_end();
    assert!(guide.contains(hooks), "docs/frameworks.md has other hooks");
}
