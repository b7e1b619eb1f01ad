//! What the route makes of the views, triggers, virtual tables and indexes that SQLite's files hold.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use sea_orm_routing::{
    BindBuilder, BindsConfig, Role, RoutingDatabase, RoutingError,
    config::{BindConfig, FunctionsConfig, NodeConfig},
};
use tempfile::TempDir;

use crate::support::{SOON, served};

fn sql(text: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, text)
}

/// Files `default` and `reports` with tables and what else is made in each.
struct Files(TempDir);

impl Files {
    async fn new(default: &[&str], reports: &[&str]) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for (name, setup) in [("default", default), ("reports", reports)] {
            let connection = files.open(name).await;
            for statement in setup {
                let made = connection.execute_unprepared(statement).await;
                made.unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            connection.close().await.unwrap();
        }
        files
    }

    fn url(&self, name: &str, mode: &str) -> String {
        format!("sqlite://{}/{name}.db?mode={mode}", self.0.path().display())
    }

    async fn open(&self, name: &str) -> DatabaseConnection {
        Database::connect(self.url(name, "rwc")).await.unwrap()
    }

    async fn connect(&self, functions: FunctionsConfig) -> RoutingDatabase {
        let bind = |name: &str| {
            BindConfig::new(name, self.url(name, "rwc"))
                .slave(NodeConfig::new("slave-1", self.url(name, "ro")))
        };
        let config = BindsConfig::new()
            .bind(bind("default"))
            .bind(bind("reports").tables(["report"]))
            .functions(functions);
        RoutingDatabase::from_config(config).await.unwrap()
    }
}

const DEFAULT: &[&str] = &[
    "CREATE TABLE cake (id integer PRIMARY KEY, name text)",
    "CREATE VIEW names AS SELECT name, upper(name) AS upper FROM cake",
    "CREATE VIEW \"as\" (n) AS SELECT tax(id) FROM cake",
    "CREATE VIEW taxes AS SELECT n FROM \"as\"",
    "CREATE VIEW counted AS SELECT changes() AS n",
    "CREATE VIRTUAL TABLE found USING fts5(text)",
    "CREATE INDEX shared ON cake (name)",
    "CREATE TABLE log (text)",
    "CREATE TRIGGER logs AFTER INSERT ON cake BEGIN INSERT INTO log VALUES ('x'); END",
];

const REPORTS: &[&str] = &[
    "CREATE TABLE report (id integer PRIMARY KEY, title text)",
    "CREATE INDEX title ON report (title)",
    "CREATE INDEX shared ON report (id, title)",
    "CREATE TRIGGER titled AFTER INSERT ON report BEGIN SELECT 1; END",
    "CREATE VIEW titles AS SELECT title FROM report",
];

#[tokio::test]
async fn view_is_what_its_query_is() {
    let files = Files::new(DEFAULT, REPORTS).await;
    let db = files.connect(FunctionsConfig::new()).await;
    for (text, role, reason) in [
        ("SELECT name FROM names", Role::Slave, "plain query"),
        ("SELECT text FROM found", Role::Slave, "plain query"),
        (
            "SELECT n FROM \"AS\"",
            Role::Master,
            "may do more than read: calls unknown function tax behind AS",
        ),
        (
            "SELECT n FROM main.taxes",
            Role::Master,
            "may do more than read: calls unknown function tax behind main.taxes",
        ),
        (
            "SELECT n FROM counted",
            Role::Master,
            "may do more than read: changes the session: changes behind counted",
        ),
    ] {
        let route = db.route(&sql(text)).unwrap();
        let found = (route.role, route.reason.access.to_string());
        assert_eq!(found, (role, reason.to_owned()), "{text}");
    }
    // What the program says of its function holds behind a view.
    let told = files.connect(FunctionsConfig::new().read(["tax"])).await;
    let route = told.route(&sql("SELECT n FROM taxes")).unwrap();
    assert_eq!(route.role, Role::Slave, "{route}");
    // A view that is made through the handle is known when it is there.
    let view = "CREATE VIEW late AS SELECT tax(1) AS n";
    assert_eq!(
        db.route(&sql("SELECT n FROM late")).unwrap().role,
        Role::Slave
    );
    db.execute_unprepared(view).await.unwrap();
    assert_eq!(
        db.route(&sql("SELECT n FROM late")).unwrap().role,
        Role::Master
    );
    db.close().await.unwrap();
    told.close().await.unwrap();
}

#[tokio::test]
async fn index_trigger_and_view_are_dropped_where_they_are() {
    let files = Files::new(DEFAULT, REPORTS).await;
    let db = files.connect(FunctionsConfig::new()).await;
    for text in [
        "DROP INDEX Title",
        "DROP TRIGGER titled",
        "DROP VIEW titles",
    ] {
        let (done, by) = served(&db, db.execute_unprepared(text)).await;
        done.unwrap();
        assert_eq!(by, "reports.master 1w", "{text}");
    }
    let error = db
        .execute_unprepared("DROP INDEX shared")
        .await
        .unwrap_err();
    let error = RoutingError::of(&error).unwrap().to_string();
    assert_eq!(
        error,
        "index shared is on more than one bind: `default`, `reports`; use `db.bind(key)`"
    );
    let (done, by) = served(&db, db.execute_unprepared("DROP INDEX IF EXISTS nobodys")).await;
    done.unwrap();
    assert_eq!(by, "default.master 1w");
    db.bind("reports")
        .unwrap()
        .execute_unprepared("DROP INDEX shared")
        .await
        .unwrap();
    // Now one is left.
    let (done, by) = served(&db, db.execute_unprepared("DROP INDEX shared")).await;
    done.unwrap();
    assert_eq!(by, "default.master 1w");
    let left =
        "SELECT count(*) FROM sqlite_master WHERE type IN ('index', 'view') OR name = 'titled'";
    let reports = files.open("reports").await;
    let row = reports.query_one_raw(sql(left)).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
    db.close().await.unwrap();
}

#[tokio::test]
async fn connections_that_are_given_are_read_in_the_background() {
    let files = Files::new(DEFAULT, REPORTS).await;
    let default = BindBuilder::new("default", files.open("default").await)
        .slave("slave-1", files.open("default").await);
    let reports = BindBuilder::new("reports", files.open("reports").await);
    let db = RoutingDatabase::builder()
        .bind(default)
        .bind(reports)
        .build()
        .unwrap();
    let taxes = sql("SELECT n FROM taxes");
    let known = async {
        while db.route(&taxes).unwrap().role == Role::Slave {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, known).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn bind_that_is_added_is_read_and_one_that_is_removed_is_forgotten() {
    let files = Files::new(DEFAULT, REPORTS).await;
    let view = "CREATE VIEW names AS SELECT tax(1) AS name";
    let annex = files.open("annex").await;
    annex.execute_unprepared(view).await.unwrap();
    let db = files.connect(FunctionsConfig::new()).await;
    let names = sql("SELECT name FROM names");
    assert_eq!(db.route(&names).unwrap().role, Role::Slave);
    let bind = BindConfig::new("annex", files.url("annex", "rwc"));
    db.add_bind(bind).await.unwrap();
    let becomes = async |role: Role| {
        let becomes = async {
            while db.route(&names).unwrap().role != role {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, becomes).await.unwrap();
    };
    becomes(Role::Master).await;
    db.remove_bind("annex").await.unwrap();
    becomes(Role::Slave).await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_bound_value_tells_which_table_a_row_is_about() {
    let numbered = "CREATE TABLE numbered (id integer PRIMARY KEY AUTOINCREMENT)";
    let report = "CREATE TABLE report (id integer PRIMARY KEY AUTOINCREMENT, title text)";
    let files = Files::new(
        &[numbered, "INSERT INTO numbered VALUES (7)"],
        &[report, "INSERT INTO report VALUES (7, 'a')"],
    )
    .await;
    let db = files.connect(FunctionsConfig::new()).await;
    let about = |text: &str, value: &str| {
        Statement::from_sql_and_values(DbBackend::Sqlite, text, [value.into()])
    };
    for (text, table, by) in [
        (
            "SELECT seq FROM sqlite_sequence WHERE name = ?",
            "report",
            "reports.slave 1r",
        ),
        (
            "SELECT seq FROM sqlite_sequence WHERE name = ?",
            "numbered",
            "default.slave 1r",
        ),
        (
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND tbl_name IN ('x', ?)",
            "report",
            "reports.slave 1r",
        ),
        (
            "SELECT count(*) FROM pragma_index_list(?1)",
            "report",
            "reports.slave 1r",
        ),
        (
            "SELECT 1 FROM pragma_table_list WHERE name LIKE ?",
            "report",
            "reports.slave 1r",
        ),
        (
            "SELECT name FROM pragma_table_info(?)",
            "report",
            "reports.slave 1r",
        ),
        (
            "SELECT name FROM pragma_table_info(?1)",
            "numbered",
            "default.slave 1r",
        ),
    ] {
        let (row, served_by) = served(&db, db.query_one_raw(about(text, table))).await;
        assert!(row.unwrap().is_some(), "{text} {table}");
        assert_eq!(served_by.to_string(), by, "{text} {table}");
    }
    let text = "DELETE FROM sqlite_sequence WHERE name = ?";
    let done = db.execute_raw(about(text, "report")).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    let rows = async |name: &str| {
        let file = files.open(name).await;
        let rows = file
            .query_all_raw(sql("SELECT * FROM sqlite_sequence"))
            .await;
        rows.unwrap().len()
    };
    assert_eq!((rows("default").await, rows("reports").await), (1, 0));
    db.close().await.unwrap();
}
