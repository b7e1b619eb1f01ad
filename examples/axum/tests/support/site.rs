use std::path::Path;

use axum_example::App;
use sea_orm_routing::{BindsConfig, RoutingDatabase};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

/// The application's own binds.yaml, as the variables say.
pub(crate) fn binds(variable: impl Fn(&str) -> Option<String>) -> BindsConfig {
    BindsConfig::from_yaml_with(include_str!("../../binds.yaml"), variable).unwrap()
}

/// SQLite files in a directory.
pub(crate) fn binds_in(directory: &Path) -> BindsConfig {
    let url =
        |file: &str, mode: &str| format!("sqlite://{}/{file}.db?mode={mode}", directory.display());
    binds(|variable| {
        Some(match variable {
            "DATABASE_URL" => url("blog", "rwc"),
            "AUDIT_URL" => url("audit", "rwc"),
            "AUDIT_SLAVE_URL" => url("audit", "ro"),
            _ => url("blog", "ro"),
        })
    })
}

/// A running application; it ends with this value.
pub(crate) struct Site {
    pub(crate) app: App,
    address: String,
    _server: Server,
    _directory: Option<TempDir>,
}

struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Site {
    /// On new SQLite files.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let site = Self::open(binds_in(directory.path())).await;
        Self {
            _directory: Some(directory),
            ..site
        }
    }

    pub(crate) async fn open(binds: BindsConfig) -> Self {
        let app = App::open(binds).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = app.router();
        let server = Server(tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        }));
        Self {
            app,
            address,
            _server: server,
            _directory: None,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(crate) fn db(&self) -> &RoutingDatabase {
        self.app.database()
    }
}
