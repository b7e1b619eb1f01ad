use std::{path::Path, time::Duration};

use entity::{bakery, cake, report, report_line};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    EntityTrait, Schema, Statement,
};
use sea_orm_routing::{
    BindBuilder, RoutingDatabase, RoutingDatabaseBuilder,
    config::{FreshnessSource, ReadsConfig},
};
use tempfile::TempDir;

/// `default` with two slaves and `reports` with one; every node is a file of its own, with one bakery and one
/// report that are named after the node.
pub(crate) struct Bakery {
    pub(crate) db: RoutingDatabase,
    pub(crate) directory: TempDir,
}

impl Bakery {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(
        change: impl FnOnce(RoutingDatabaseBuilder) -> RoutingDatabaseBuilder,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let default = BindBuilder::new("default", node(path, "default.master").await)
            .slave("slave-1", node(path, "default.slave-1").await)
            .slave("slave-2", node(path, "default.slave-2").await);
        let reports = BindBuilder::new("reports", node(path, "reports.master").await)
            .slave("slave-1", node(path, "reports.slave-1").await)
            .tables(["legacy_*"]);
        let builder = RoutingDatabase::builder()
            .bind(default)
            .bind(reports)
            .seed(1);
        Self {
            db: change(builder).build().unwrap(),
            directory,
        }
    }

    /// Slaves that may lag for so long.
    pub(crate) async fn lagging(lag: Duration) -> Self {
        let reads = ReadsConfig::new()
            .freshness(FreshnessSource::Window(lag))
            .max_lag(lag.max(Duration::from_millis(500)));
        Self::with(|builder| builder.reads(reads)).await
    }

    /// A connection to a node's file that the router knows nothing of.
    pub(crate) async fn node(&self, key: &str) -> DatabaseConnection {
        open(self.directory.path(), key).await
    }
}

pub(crate) async fn node(directory: &Path, key: &str) -> DatabaseConnection {
    let connection = open(directory, key).await;
    let schema = Schema::new(connection.get_database_backend());
    let tables = [
        schema.create_table_from_entity(bakery::Entity),
        schema.create_table_from_entity(cake::Entity),
        schema.create_table_from_entity(report::Entity),
        schema.create_table_from_entity(report_line::Entity),
    ];
    for table in tables {
        connection.execute(&table).await.unwrap();
    }
    connection
        .execute_unprepared("CREATE TABLE legacy_log (id integer PRIMARY KEY, text varchar)")
        .await
        .unwrap();
    bakery::Entity::insert(bakery_named(key))
        .exec(&connection)
        .await
        .unwrap();
    report::Entity::insert(report_titled(key))
        .exec(&connection)
        .await
        .unwrap();
    connection
}

/// A connection to the file of a node.
pub(crate) async fn open(directory: &Path, key: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!(
        "sqlite://{}/{key}.db?mode=rwc",
        directory.display()
    ));
    options.sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

pub(crate) fn bakery_named(name: &str) -> bakery::ActiveModel {
    bakery::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

pub(crate) fn report_titled(title: &str) -> report::ActiveModel {
    report::ActiveModel {
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

pub(crate) fn sql(text: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, text)
}
