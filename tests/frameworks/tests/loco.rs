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
    master: String,
    slave: String,
    port: u16,
    process: Child,
}

/// A command of the application's.
fn command(name: &str, port: u16, master: &str, slave: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loco-app"));
    command
        .args([name, "--environment", "development"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("PORT", port.to_string())
        .env("DATABASE_URL", master)
        .env("SLAVE_URL", slave)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

impl Site {
    async fn start(master: String, slave: String) -> Self {
        let port = free_port().unwrap();
        let process = command("start", port, &master, &slave).spawn();
        let site = Self {
            address: format!("http://localhost:{port}"),
            process: process.unwrap(),
            master,
            slave,
            port,
        };
        let listens = || async {
            let answer = reqwest::get(site.url("/_ping")).await;
            Ok::<_, ClusterError>(answer.ok().map(drop))
        };
        until("an answer of loco", SOON, listens).await.unwrap();
        site
    }

    fn command(&self, name: &str) -> Command {
        command(name, self.port, &self.master, &self.slave)
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

    // A worker of the same process, in a task of its own: a slave has not got its note.
    let writer = browser();
    site.post(&writer, "/loudly", "quiet").await;
    let shouted = || async {
        let answer = site.list(&writer).await;
        assert_eq!(answer.nodes, ["master"], "its browser has written");
        Ok::<_, ClusterError>(answer.texts.contains(&"QUIET".to_owned()).then_some(()))
    };
    until("a worker that has found the note", SOON, shouted)
        .await
        .unwrap();

    // A task, which is a process of its own and has written nothing.
    let task = site.command("task").arg("count").output().await.unwrap();
    let said = String::from_utf8_lossy(&task.stdout);
    assert!(task.status.success(), "{said}");
    assert!(said.contains("0 notes, by slave-1"), "{said}");

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
    let worker = include_str!("../src/shout.rs");
    let start = worker.find("#[async_trait]").unwrap();
    let end = worker.find("/// Says how many").unwrap();
    let worker = worker[start..end].trim_end();
    assert!(
        guide.contains(worker),
        "docs/frameworks.md has another worker"
    );
}
