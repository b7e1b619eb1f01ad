//! SeaORM's metric callback over all nodes, and which node it was.

use std::sync::{Arc, Mutex};

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig},
};
use tempfile::TempDir;

/// `node: statement`, and ` failed` if it did.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn of(db: &mut RoutingDatabase) -> Self {
        let calls = Self::default();
        let noted = calls.clone();
        db.set_node_metric_callback(move |node, info| {
            let failed = if info.failed { " failed" } else { "" };
            let call = format!("{node}: {}{failed}", info.statement.sql);
            noted.0.lock().unwrap().push(call);
        });
        calls
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn bind(directory: &TempDir, name: &str) -> BindConfig {
    let file = |mode| {
        format!(
            "sqlite://{}/{name}.db?mode={mode}",
            directory.path().display()
        )
    };
    BindConfig::new(name, file("rwc")).slave(NodeConfig::new("slave-1", file("ro")))
}

async fn open(directory: &TempDir) -> RoutingDatabase {
    let config = BindsConfig::new()
        .bind(bind(directory, "default"))
        .bind(bind(directory, "reports"));
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for key in ["default", "reports"] {
        let table = "CREATE TABLE cake (id integer)";
        let bind = db.bind(key).unwrap();
        bind.execute_unprepared(table).await.unwrap();
    }
    db
}

const READ: &str = "SELECT id FROM cake";
const WRITE: &str = "DELETE FROM cake";

async fn run(db: &impl ConnectionTrait, text: &str) -> bool {
    let statement = Statement::from_string(DbBackend::Sqlite, text);
    db.query_all_raw(statement).await.is_ok()
}

#[tokio::test]
async fn callback_is_told_the_node_of_each_statement() {
    let directory = tempfile::tempdir().unwrap();
    let mut db = open(&directory).await;
    let calls = Calls::of(&mut db);
    let reports = db.bind("reports").unwrap();
    assert!(run(&db, READ).await);
    assert!(run(&reports, WRITE).await);
    assert!(!run(&reports, "SELECT nothing FROM cake").await);
    let transaction = reports.begin().await.unwrap();
    assert!(run(&transaction, READ).await);
    transaction.commit().await.unwrap();
    let expected = [
        "default.slave-1: SELECT id FROM cake",
        "reports.master: DELETE FROM cake",
        "reports.slave-1: SELECT nothing FROM cake failed",
        "reports.master: SELECT nothing FROM cake failed",
        "reports.master: SELECT id FROM cake",
    ];
    assert_eq!(calls.take(), expected);
}

#[tokio::test]
async fn callback_is_there_on_nodes_that_are_added_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut db = open(&directory).await;
    let calls = Calls::of(&mut db);
    let file = format!("sqlite://{}/default.db?mode=ro", directory.path().display());
    let slave = NodeConfig::new("slave-2", file);
    db.add_slave("default", slave).await.unwrap();
    assert!(run(&db.bind("slave-2").unwrap(), READ).await);
    assert!(run(&db.bind("slave-1").unwrap(), READ).await);

    db.add_bind(bind(&directory, "archive")).await.unwrap();
    let archive = db.bind("archive").unwrap();
    assert!(run(&archive, "CREATE TABLE cake (id integer)").await);
    assert!(run(&archive, READ).await);
    let expected = [
        "default.slave-2: SELECT id FROM cake",
        "default.slave-1: SELECT id FROM cake",
        "archive.master: CREATE TABLE cake (id integer)",
        "archive.slave-1: SELECT id FROM cake",
    ];
    assert_eq!(calls.take(), expected);
}

#[tokio::test]
async fn one_callback_takes_the_place_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let mut db = open(&directory).await;
    let earlier = Calls::of(&mut db);
    let calls = Calls::of(&mut db);
    assert!(run(&db, READ).await);
    assert_eq!(calls.take(), ["default.slave-1: SELECT id FROM cake"]);
    assert_eq!(earlier.take(), [""; 0]);
}

#[tokio::test]
async fn callback_sees_the_statements_of_a_connection_that_is_lent() {
    let directory = tempfile::tempdir().unwrap();
    let mut db = open(&directory).await;
    let calls = Calls::of(&mut db);
    let reports = db.bind("reports").unwrap().master_connection();
    assert!(run(&reports, READ).await);
    assert!(run(&reports, WRITE).await);
    let expected = [
        "reports.master: SELECT id FROM cake",
        "reports.master: DELETE FROM cake",
    ];
    assert_eq!(calls.take(), expected);
    let status = db.status();
    let master = status.node("reports", "master").unwrap();
    assert_eq!((master.reads, master.writes), (1, 2), "one made the table");
}
