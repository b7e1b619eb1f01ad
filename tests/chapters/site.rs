//! The servers under a test.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
use tempfile::TempDir;

use test_cluster::{Cluster, FreshDatabase, MariaDb, MySql, Postgres};

const SOON: Duration = Duration::from_secs(30);

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
    MySql,
}

impl Kind {
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MariaDb | Self::MySql => DbBackend::MySql,
        }
    }

    /// Whether SeaORM asks it for the rows that a statement has written.
    pub(crate) fn has_returning(self) -> bool {
        matches!(self, Self::Sqlite | Self::Postgres)
    }
}

/// An empty database with a master and slaves.
#[derive(Debug)]
pub(crate) enum Site {
    Sqlite(TempDir),
    Postgres(&'static Cluster<Postgres>, FreshDatabase),
    MariaDb(&'static Cluster<MariaDb>, FreshDatabase),
    MySql(&'static Cluster<MySql>, FreshDatabase),
}

impl Site {
    pub(crate) async fn new(kind: Kind, name: &str) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Kind::Postgres => {
                let cluster = Cluster::shared().await.unwrap();
                Self::Postgres(cluster, cluster.database(name).await.unwrap())
            }
            Kind::MariaDb => {
                let cluster = Cluster::shared().await.unwrap();
                Self::MariaDb(cluster, cluster.database(name).await.unwrap())
            }
            Kind::MySql => {
                let cluster = Cluster::shared().await.unwrap();
                Self::MySql(cluster, cluster.database(name).await.unwrap())
            }
        }
    }

    pub(crate) fn master(&self) -> String {
        match self {
            Self::Sqlite(directory) => file(directory, "rwc"),
            Self::Postgres(cluster, database) => database.url(cluster.master()),
            Self::MariaDb(cluster, database) => database.url(cluster.master()),
            Self::MySql(cluster, database) => database.url(cluster.master()),
        }
    }

    pub(crate) fn slaves(&self) -> Vec<String> {
        match self {
            Self::Sqlite(directory) => vec![file(directory, "ro")],
            Self::Postgres(cluster, database) => {
                cluster.slaves().map(|slave| database.url(slave)).collect()
            }
            Self::MariaDb(cluster, database) => {
                cluster.slaves().map(|slave| database.url(slave)).collect()
            }
            Self::MySql(cluster, database) => {
                cluster.slaves().map(|slave| database.url(slave)).collect()
            }
        }
    }

    /// A connection to the master beside every handle.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.master());
        // What SeaORM sets on SQLite for a whole migration holds for one connection.
        options.max_connections(if matches!(self, Self::Sqlite(_)) {
            1
        } else {
            4
        });
        options.sqlx_logging(false);
        Database::connect(options).await.unwrap()
    }

    /// Waits until the slaves show what the master has.
    pub(crate) async fn catch_up(&self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(cluster, _) => cluster.wait_until_caught_up(SOON).await.unwrap(),
            Self::MariaDb(cluster, _) => cluster.wait_until_caught_up(SOON).await.unwrap(),
            Self::MySql(cluster, _) => cluster.wait_until_caught_up(SOON).await.unwrap(),
        }
    }
}

fn file(directory: &TempDir, mode: &str) -> String {
    let path = directory.path().join("blog.db");
    format!("sqlite://{}?mode={mode}", path.display())
}
