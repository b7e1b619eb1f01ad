use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

use crate::sample::{Sample, file, texts};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Node, Postgres, Server};

const COMMANDS: [&str; 6] = ["status", "up", "down", "refresh", "fresh", "reset"];

/// Every command, on one bind and on all: nothing is run on a slave, and nothing on the binds before it.
async fn every_command_is_refused(sample: &Sample, bind: &str, sign: &str) {
    let complaint = format!(
        "bind `{bind}`: node `{bind}.master` is a slave ({sign}), expected a master that takes writes; nothing was run"
    );
    for command in COMMANDS {
        for selection in ["--all".to_owned(), format!("--bind={bind}")] {
            let ended = sample.run(&[&selection, command]).await;
            ended.failed(1, &[&complaint]);
            assert_eq!(ended.output, "", "{command}");
        }
    }
}

async fn tables(url: String) -> Vec<String> {
    let db: DatabaseConnection = Database::connect(url).await.unwrap();
    let schema = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => "current_schema()",
        _ => "database()",
    };
    let text =
        format!("SELECT table_name FROM information_schema.tables WHERE table_schema = {schema}");
    texts(&db, &text).await
}

/// The second bind's master is a slave's address.
async fn master_that_is_a_slave_is_refused<S: Server>(
    address: impl Fn(&FreshDatabase, &Node<S>) -> String,
    sign: &str,
) {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let database = cluster.database("refused").await.unwrap();
    let sample = Sample::new(&file("app"), &[address(&database, cluster.slave(1))]);
    every_command_is_refused(&sample, "reports", sign).await;
    assert_eq!(sample.tables("app").await, [""; 0]);
    for node in [cluster.master(), cluster.slave(1)] {
        assert_eq!(tables(database.url(node)).await, [""; 0]);
    }

    // The right address, and it runs.
    let sample = Sample::new(&file("app"), &[database.url(cluster.master())]);
    let ended = sample.run(&["--all", "up"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let tables = tables(database.url(cluster.master())).await;
    assert!(tables.contains(&"report_line".to_owned()), "{tables:?}");
}

#[tokio::test]
async fn postgres_master_in_recovery_is_refused() {
    let address = |database: &FreshDatabase, node: &Node<Postgres>| database.url(node);
    master_that_is_a_slave_is_refused(address, "`pg_is_in_recovery()` is true").await;
}

#[tokio::test]
async fn mariadb_master_that_is_read_only_is_refused() {
    let address = |database: &FreshDatabase, node: &Node<MariaDb>| database.url(node);
    master_that_is_a_slave_is_refused(address, "`read_only` is ON").await;
}

/// Whom `read_only` does not stop: only the runner's own question keeps the slave whole.
#[tokio::test]
async fn mariadb_slave_is_refused_to_its_administrator() {
    let address = |database: &FreshDatabase, node: &Node<MariaDb>| {
        node.admin_url()
            .replace("/app?", &format!("/{}?", database.name()))
    };
    master_that_is_a_slave_is_refused(address, "`read_only` is ON").await;
}

/// How an old master is kept from writing after a failover.
#[tokio::test]
async fn postgres_master_that_is_fenced_off_is_refused() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let database = cluster.database("fenced").await.unwrap();
    let admin = cluster.master().admin().await.unwrap();
    let fence = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name()
    );
    admin.execute(&fence).await.unwrap();
    let sample = Sample::new(&[database.url(cluster.master())], &file("reports"));
    every_command_is_refused(&sample, "default", "`transaction_read_only` is on").await;
}

#[tokio::test]
async fn sqlite_file_opened_read_only_is_refused() {
    let sample = Sample::new(&file("app"), &file("reports")[1..]);
    sample
        .open("reports")
        .await
        .execute_unprepared("CREATE TABLE cake (id int)")
        .await
        .unwrap();
    every_command_is_refused(&sample, "reports", "the database is opened read-only").await;
    assert_eq!(sample.tables("app").await, [""; 0]);
    assert_eq!(sample.tables("reports").await, ["cake"]);
}

#[tokio::test]
async fn question_for_the_master_leaves_a_sqlite_file_as_it_is() {
    let sample = Sample::sqlite();
    let app = sample.open("app").await;
    app.execute_unprepared("PRAGMA user_version = 42")
        .await
        .unwrap();
    let ended = sample.run(&["up"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let version = "SELECT CAST(user_version AS text) FROM pragma_user_version";
    assert_eq!(texts(&app, version).await, ["42"]);
}
