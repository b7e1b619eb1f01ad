use std::{path::Path, process::Stdio, time::Duration};

use serde_json::json;
use thirtyfour::{By, Capabilities, WebDriver, extensions::query::ElementQueryable};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use test_cluster::{ClusterError, Program, Sandbox};

const BROWSER: Program = Program {
    name: "chromium",
    package: "chromium",
    elsewhere: &[],
};

const DRIVER: Program = Program {
    name: "chromedriver",
    package: "chromium-driver",
    elsewhere: &["/usr/lib/chromium"],
};

/// The first start of a browser on a busy machine takes seconds.
const SOON: Duration = Duration::from_secs(60);

/// Short against the time in which a page comes.
const INTERVAL: Duration = Duration::from_millis(10);

/// A browser window that a test drives. When it is dropped, also by a panic, its processes and files are gone.
pub(crate) struct Chromium {
    /// Kills whatever works in its directory: the browser survives its driver.
    _sandbox: Sandbox,
    _driver: Child,
    client: WebDriver,
}

impl Chromium {
    pub(crate) async fn start() -> Result<Self, ClusterError> {
        let browser = BROWSER.find()?;
        let sandbox = Sandbox::new()?;
        let mut driver = Command::new(DRIVER.find()?)
            .arg("--port=0")
            .current_dir(sandbox.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let port = timeout(SOON, port(&mut driver)).await.unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let capabilities = capabilities(&browser, &sandbox.path().join("profile"));
        let client = WebDriver::new(url, capabilities);
        Ok(Self {
            client: timeout(SOON, client).await.unwrap().unwrap(),
            _driver: driver,
            _sandbox: sandbox,
        })
    }

    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits for the page of that heading.
    pub(crate) async fn until_heading(&self, text: &str) {
        let heading = By::XPath(format!("//h1[. = \"{text}\"]"));
        let query = self.client.query(heading).wait(SOON, INTERVAL);
        if let Err(error) = query.first().await {
            let source = self.client.source().await.unwrap();
            panic!("{error}\n{source}");
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.client.find(By::Css(selector)).await.unwrap();
        element.click().await.unwrap();
    }

    /// Replaces what is in a field, by the keyboard.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.client.find(By::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What the elements show.
    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(By::Css(selector)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Makes the window as narrow as that, in pixels.
    pub(crate) async fn narrow(&self, width: u32) {
        self.client.set_window_rect(0, 0, width, 800).await.unwrap();
    }

    /// By how many pixels the page is wider than what of it can be seen.
    pub(crate) async fn overhang(&self) -> i64 {
        let overhang =
            "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        let answer = self.client.execute(overhang, Vec::new()).await.unwrap();
        answer.convert().unwrap()
    }

    /// A picture of the page.
    pub(crate) async fn picture(&self, path: &Path) {
        self.client.screenshot(path).await.unwrap();
    }

    pub(crate) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    pub(crate) async fn close(self) {
        self.client.clone().quit().await.unwrap();
    }
}

/// The port that the driver has chosen.
async fn port(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap();
        let line = line.expect("the driver has not ended");
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().unwrap();
        }
    }
}

fn capabilities(browser: &Path, profile: &Path) -> Capabilities {
    let options = json!({
        "binary": browser,
        "args": [
            "--headless",
            // Root has no sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            // Else it asks servers of its maker first, and refuses connections until they answer.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            format!("--user-data-dir={}", profile.display()),
        ],
    });
    let mut capabilities = Capabilities::new();
    capabilities.set("goog:chromeOptions", options).unwrap();
    capabilities
}
