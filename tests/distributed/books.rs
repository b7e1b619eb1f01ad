#![allow(dead_code, reason = "each test target uses its part")]

use std::{collections::HashSet, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{Row, mysql::MySqlRow, raw_sql},
};
use sea_orm_routing::{
    BindsConfig, DistributedTransaction, RoutingDatabase, config::BindConfig,
    two_phase::create_decision_table,
};
use tempfile::TempDir;

use test_cluster::{Cluster, MariaDb, Postgres};

/// For what takes milliseconds on an idle machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// The binds, in the order in which they commit.
pub(crate) const BINDS: [&str; 3] = ["default", "second", "third"];

/// Where a bind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite,
    Postgres,
    MariaDb,
}

/// Three binds with a table `entry` of its own name each, and a connection to each beside every handle.
pub(crate) struct Books {
    pub(crate) urls: [String; 3],
    direct: [DatabaseConnection; 3],
    _directory: TempDir,
}

impl Books {
    pub(crate) async fn new(name: &str, places: [Place; 3]) -> Self {
        Self::proxied(name, places, &[]).await
    }

    /// Handles reach the binds of these numbers through a network that can fail.
    pub(crate) async fn proxied(name: &str, places: [Place; 3], proxied: &[usize]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut urls = Vec::new();
        let mut direct = Vec::new();
        for (number, place) in places.into_iter().enumerate() {
            let [url, proxied_url] = match place {
                Place::Sqlite => {
                    let file = directory.path().join(format!("{number}.db"));
                    let url = format!("sqlite://{}?mode=rwc", file.display());
                    [url.clone(), url]
                }
                Place::Postgres => {
                    let cluster = Cluster::<Postgres>::shared().await.unwrap();
                    let database = cluster.database(name).await.unwrap();
                    let master = cluster.master();
                    [database.url(master), database.proxied_url(master)]
                }
                Place::MariaDb => {
                    let cluster = Cluster::<MariaDb>::shared().await.unwrap();
                    let database = cluster.database(name).await.unwrap();
                    let master = cluster.master();
                    [database.url(master), database.proxied_url(master)]
                }
            };
            let connection = connect(&url).await;
            let table = format!(
                "CREATE TABLE {} (id int NOT NULL PRIMARY KEY)",
                table(number)
            );
            connection.execute_unprepared(&table).await.unwrap();
            urls.push(if proxied.contains(&number) {
                proxied_url
            } else {
                url
            });
            direct.push(connection);
        }
        create_decision_table(&direct[0]).await.unwrap();
        Self {
            urls: urls.try_into().unwrap(),
            direct: direct.try_into().unwrap(),
            _directory: directory,
        }
    }

    pub(crate) fn direct(&self, number: usize) -> &DatabaseConnection {
        &self.direct[number]
    }

    pub(crate) async fn open(&self) -> RoutingDatabase {
        open(&self.urls).await
    }

    /// Which binds show the entry.
    pub(crate) async fn show(&self, id: u32) -> [bool; 3] {
        let mut shown = [false; 3];
        for (number, connection) in self.direct.iter().enumerate() {
            let sql = format!("SELECT id FROM {} WHERE id = {id}", table(number));
            let statement = Statement::from_string(connection.get_database_backend(), sql);
            shown[number] = connection.query_one_raw(statement).await.unwrap().is_some();
        }
        shown
    }

    /// How many branches of these books' transactions their servers hold prepared.
    pub(crate) async fn prepared(&self) -> usize {
        let realm = decision(&self.direct[0], "id = 'realm'").await.remove(0);
        let mut names = HashSet::new();
        for connection in &self.direct {
            names.extend(names_of_prepared(connection).await);
        }
        let ours = format!("sor:{realm}:");
        names.iter().filter(|name| name.starts_with(&ours)).count()
    }

    /// How many decisions to commit are remembered.
    pub(crate) async fn commitments(&self) -> usize {
        decision(&self.direct[0], "decision = 'commit'").await.len()
    }
}

pub(crate) async fn open(urls: &[String; 3]) -> RoutingDatabase {
    let mut config = BindsConfig::new();
    for (number, (bind, url)) in BINDS.iter().zip(urls).enumerate() {
        let bind = BindConfig::new(*bind, url.clone()).tables([table(number)]);
        config = config.bind(bind);
    }
    RoutingDatabase::from_config(config).await.unwrap()
}

pub(crate) fn table(number: usize) -> String {
    format!("entry_{number}")
}

pub(crate) fn insert(number: usize, id: u32) -> String {
    format!("INSERT INTO {} (id) VALUES ({id})", table(number))
}

/// Adds an entry to each of the binds.
pub(crate) async fn write(
    transaction: &DistributedTransaction,
    numbers: &[usize],
    id: u32,
) -> Result<(), DbErr> {
    for number in numbers {
        transaction.execute_unprepared(&insert(*number, id)).await?;
    }
    Ok(())
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn decision(connection: &DatabaseConnection, which: &str) -> Vec<String> {
    let sql = format!("SELECT decision FROM sea_orm_routing_decision WHERE {which}");
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    let decisions = rows.iter().map(|row| row.try_get("", "decision").unwrap());
    decisions.collect()
}

async fn names_of_prepared(connection: &DatabaseConnection) -> Vec<String> {
    match connection.get_database_backend() {
        DbBackend::Postgres => {
            let sql = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            let rows = connection.query_all_raw(statement).await.unwrap();
            rows.iter()
                .map(|row| row.try_get("", "gid").unwrap())
                .collect()
        }
        DbBackend::MySql => {
            let pool = connection.get_mysql_connection_pool();
            let rows: Vec<MySqlRow> = raw_sql("XA RECOVER").fetch_all(pool).await.unwrap();
            let name = |row: &MySqlRow| String::from_utf8(row.get("data")).unwrap();
            rows.iter().map(name).collect()
        }
        _ => Vec::new(),
    }
}
