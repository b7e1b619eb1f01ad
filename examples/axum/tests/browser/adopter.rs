//! Who adopts the crate, word for word by docs/getting-started.md: the package is written, built, tested and run as it stands
//! there, on PostgreSQL with a slave, which dies.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use reqwest::{Client, StatusCode};
use tempfile::TempDir;
use test_cluster::{Cluster, ClusterError, Postgres, until};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::chromium::Chromium;

const GUIDE: &str = include_str!("../../../../docs/getting-started.md");

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// For what takes seconds on an idle machine.
const SOON: Duration = Duration::from_secs(60);

/// Where this workspace builds.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// A file of the guide: its name in a line of its own, and its text in a block below that.
fn files() -> Vec<(&'static str, &'static str)> {
    let marks = GUIDE.match_indices("`:\n\n```");
    let files = marks.filter_map(|(at, mark)| {
        let (_, name) = GUIDE[..at].rsplit_once("\n`")?;
        let (_, text) = GUIDE[at + mark.len()..].split_once('\n')?;
        Some((name, text.split_once("\n```")?.0))
    });
    files.collect()
}

/// The package of the guide, written to a directory of its own.
struct Adopter {
    directory: TempDir,
}

impl Adopter {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files() {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        // What was built here is known to be there.
        let lock = Path::new(ROOT).join("Cargo.lock");
        std::fs::copy(lock, directory.path().join("Cargo.lock")).unwrap();
        Self { directory }
    }

    /// `cargo` as an application's developer calls it, with this checkout in place of the published crate.
    async fn cargo(&self, arguments: &[&str]) -> Output {
        let root = Path::new(ROOT).canonicalize().unwrap();
        let patch = format!(
            "patch.crates-io.sea-orm-routing.path={:?}",
            root.display().to_string()
        );
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--config", &patch])
            // As this workspace builds: most of what it depends on is there.
            .args(["--config", "profile.dev.package.\"*\".debug=false"])
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("CARGO_TARGET_DIR", target())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .output();
        output.await.unwrap()
    }

    /// Starts the service; its address.
    async fn serve(&self, urls: [String; 2], metrics: &str) -> (Child, String) {
        let [master, replica] = urls;
        let mut service = Command::new(target().join("debug/notes"))
            .current_dir(self.directory.path())
            .env("DATABASE_URL", master)
            .env("SLAVE_URL", replica)
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS", metrics)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(service.stdout.take().unwrap()).lines();
        let line = timeout(SOON, said.next_line()).await.unwrap().unwrap();
        let line = line.unwrap();
        let address = line.strip_prefix("listening on ").unwrap();
        (service, format!("http://{address}"))
    }
}

fn assert_done(output: &Output) {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}

/// Where nobody listens.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The sum of a metric's series that have all of these labels.
fn sum(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    let series = metrics.lines().filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let labelled = series.strip_prefix(name)?.strip_prefix('{')?;
        let fits = labels.iter().all(|label| labelled.contains(label));
        fits.then(|| value.parse::<f64>().unwrap())
    });
    series.sum()
}

/// A user of the service.
struct User {
    client: Client,
    address: String,
    metrics: String,
}

impl User {
    fn new(address: &str, metrics: &str) -> Self {
        let client = Client::builder().no_proxy().cookie_store(true);
        Self {
            client: client.build().unwrap(),
            address: address.to_owned(),
            metrics: format!("http://{metrics}/metrics"),
        }
    }

    async fn write(&self, text: &str) {
        let request = self.client.post(format!("{}/notes", self.address));
        let response = request.body(text.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
    }

    async fn get(&self, url: &str) -> String {
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    async fn notes(&self) -> Vec<String> {
        let notes = self.get(&format!("{}/notes", self.address)).await;
        serde_json::from_str(&notes).unwrap()
    }

    /// Waits until a metric is that, reading notes meanwhile: nothing fails.
    async fn until(&self, name: &str, labels: &[&str], is_so: impl Fn(f64) -> bool) {
        let what = format!("{name} of {labels:?}");
        let held = async || {
            self.notes().await;
            let value = sum(&self.get(&self.metrics).await, name, labels);
            Ok::<_, ClusterError>(is_so(value).then_some(()))
        };
        until(&what, SOON, held).await.unwrap();
    }
}

/// Loads the page anew until it shows the slave so.
async fn until_shown(browser: &Chromium, page: &str, state: &str) {
    let shown = async || {
        browser.open(page).await;
        let texts = browser.texts("[id='default.slave-1'] h3").await;
        Ok::<_, ClusterError>(texts.iter().any(|text| text.contains(state)).then_some(()))
    };
    until(state, SOON, shown).await.unwrap();
}

#[test]
fn what_routes_in_the_guides_service_are_a_few_lines() {
    let files = files();
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let expected = [
        "Cargo.toml",
        "binds.yaml",
        "src/lib.rs",
        "src/main.rs",
        "tests/reads.rs",
    ];
    assert_eq!(names, expected);
    let lines = |words: &[&str]| {
        let sources = files.iter().filter(|(name, _)| name.starts_with("src/"));
        let lines = sources.flat_map(|(_, text)| text.lines());
        let lines = lines.filter(|line| !line.starts_with("use "));
        let found = lines.filter(|line| words.iter().any(|word| line.contains(word)));
        found.count()
    };
    assert_eq!(lines(&["RoutingDatabase::"]), 1);
    assert_eq!(lines(&["SessionLayer"]), 1, "read your writes, per browser");
    assert_eq!(lines(&["page::"]), 1, "the status page");
    assert_eq!(
        lines(&["PrometheusBuilder::", "buckets =", "let metrics"]),
        3,
        "a dashboard"
    );
    let tests = files.last().unwrap().1.lines();
    let says = tests.filter(|line| line.contains("assert_reads_from_slaves!"));
    assert_eq!(says.count(), 1, "this handler reads from slaves");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_service_is_tested_serves_and_shows_a_dead_slave() {
    let adopter = Adopter::new();
    assert_done(&adopter.cargo(&["build", "--tests"]).await);
    let tested = adopter.cargo(&["test"]).await;
    assert_done(&tested);
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(said.contains("3 passed; 0 failed"), "{said}");

    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    let database = cluster.database("notes").await.unwrap();
    let urls = [cluster.master(), cluster.slave(1)].map(|node| database.url(node));
    let metrics = free_address();
    let (_service, address) = adopter.serve(urls, &metrics).await;
    let user = User::new(&address, &metrics);
    user.write("hello").await;
    assert_eq!(user.notes().await, ["hello"]);
    let statements = "sea_orm_routing_statements";
    let reads = [r#"node="slave-1""#, r#"access="read""#, r#"outcome="ok""#];
    user.until(statements, &reads, |count| count > 0.0).await;
    let writes = [r#"role="master""#, r#"access="write""#, r#"outcome="ok""#];
    user.until(statements, &writes, |count| count > 0.0).await;
    let browser = Chromium::start().await;
    let browser = browser.unwrap_or_else(|error| panic!("{error}"));
    let page = format!("{address}/databases");
    until_shown(&browser, &page, "serving").await;

    cluster.slave(1).kill().await.unwrap();
    let state = "sea_orm_routing_node_state";
    let down = [r#"node="slave-1""#, r#"state="down""#];
    user.until(state, &down, |value| value == 1.0).await;
    user.write("anybody there?").await;
    assert_eq!(user.notes().await, ["hello", "anybody there?"]);
    until_shown(&browser, &page, "down").await;
    let changes = [r#"node="slave-1""#, r#"change="down""#];
    let changed = sum(
        &user.get(&user.metrics).await,
        "sea_orm_routing_node_changes",
        &changes,
    );
    assert!(changed >= 1.0, "{changed}");

    cluster.slave(1).start().await.unwrap();
    user.until(state, &down, |value| value == 0.0).await;
    until_shown(&browser, &page, "serving").await;
    browser.close().await;
}
