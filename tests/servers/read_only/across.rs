//! What is set before the bind is known, or for several binds: row-level security of each of them.

use sea_orm::{AccessMode, ConnectionTrait, DatabaseConnection, TransactionTrait};
use sea_orm_routing::{Atomicity, BindBuilder, RoutingDatabase, RoutingError};
use test_cluster::{FreshDatabase, Postgres};

use super::answer::{answer, code};
use crate::{
    replicated::{Notebook, connect},
    support::served,
};

const REPORTS: &str = "SELECT title AS a FROM report ORDER BY title";
const NOTES: &str = "SELECT text AS a FROM own_note ORDER BY text";

/// Binds `default` and `reports` with a table each, of which a tenant sees its own rows.
struct Tenants {
    _notebook: Notebook<Postgres>,
    _reports: FreshDatabase,
    db: RoutingDatabase,
}

async fn guarded(master: &DatabaseConnection, table: &str, column: &str) {
    for sql in [
        format!("CREATE TABLE {table} (tenant text, {column} text)"),
        format!("INSERT INTO {table} VALUES ('bread-shop', 'bread'), ('read', 'book')"),
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        format!("CREATE POLICY own ON {table} USING (tenant = current_setting('app.tenant'))"),
    ] {
        master.execute_unprepared(&sql).await.unwrap();
    }
}

impl Tenants {
    async fn new(name: &str) -> Self {
        let notebook = Notebook::<Postgres>::new(name).await;
        let cluster = notebook.cluster;
        let reports = cluster.database(&format!("{name}_reports")).await.unwrap();
        let other = connect(reports.url(cluster.master())).await;
        guarded(&notebook.master, "own_note", "text").await;
        guarded(&other, "report", "title").await;
        let language = "CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)";
        notebook.master.execute_unprepared(language).await.unwrap();
        notebook.catch_up().await;
        let slave = connect(reports.url(cluster.slave(1))).await;
        let master = connect(notebook.database.url(cluster.master())).await;
        let db = RoutingDatabase::builder()
            .bind(BindBuilder::new("default", master))
            .bind(
                BindBuilder::new("reports", other)
                    .slave("slave-1", slave)
                    .tables(["report"]),
            )
            .build()
            .unwrap();
        Self {
            _notebook: notebook,
            _reports: reports,
            db,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_table_decides_where_settings_count() {
    let Tenants { db, .. } = &Tenants::new("settings").await;
    for access in [
        None,
        Some(AccessMode::ReadOnly),
        Some(AccessMode::ReadWrite),
    ] {
        for set in [
            "SELECT set_config('app.tenant', 'bread-shop', true) AS a",
            "/* why */ SET LOCAL app.tenant = 'bread-shop'",
            "SET app.tenant = 'bread-shop'",
            "SET LOCAL app.tenant = 'read'; SET LOCAL app.tenant = 'bread-shop'",
        ] {
            let txn = db.begin_with_config(None, access).await.unwrap();
            answer(&txn, "SELECT set_config('app.tenant', 'read', true)").await;
            answer(&txn, set).await;
            let (rows, by) = served(db, answer(&txn, REPORTS)).await;
            assert_eq!(
                (rows.as_str(), by),
                (r#"{"a":"bread"}"#, "reports.master 1r".into()),
                "{set}"
            );
            answer(&txn, "SET LOCAL app.tenant = 'read'").await;
            assert_eq!(answer(&txn, REPORTS).await, r#"{"a":"book"}"#);
            let error = txn.query_all_raw(sea_orm::Statement::from_string(
                db.get_database_backend(),
                NOTES,
            ));
            let error = error.await.unwrap_err();
            assert!(
                matches!(
                    RoutingError::of(&error),
                    Some(RoutingError::OtherTransaction { .. })
                ),
                "{error}"
            );
            txn.rollback().await.unwrap();
        }
    }
    // What was set is gone with its transaction, on both binds.
    for (table, bind) in [(NOTES, "default"), (REPORTS, "reports.master")] {
        assert_eq!(answer(&db.bind(bind).unwrap(), table).await, "", "{bind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_settings_and_writes_follow() {
    let Tenants { db, .. } = &Tenants::new("nested").await;
    let txn = db.begin().await.unwrap();
    answer(&txn, "SET LOCAL app.tenant = 'read'").await;
    let nested = txn.begin().await.unwrap();
    answer(&nested, "SET LOCAL app.tenant = 'bread-shop'").await;
    let insert = "INSERT INTO report VALUES ('bread-shop', 'rolls')";
    assert_eq!(answer(&nested, insert).await, "done");
    nested.rollback().await.unwrap();
    assert_eq!(answer(&txn, REPORTS).await, r#"{"a":"book"}"#);
    let refused = "INSERT INTO report VALUES ('bread-shop', 'rolls')";
    assert_eq!(answer(&txn, refused).await, "error 42501");
    txn.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn error_of_a_setting_reaches_the_caller() {
    let Tenants { db, .. } = &Tenants::new("errors").await;
    let txn = db.begin().await.unwrap();
    assert_eq!(
        answer(&txn, "SET LOCAL statement_timeout = 'soon'").await,
        "error 22023"
    );
    txn.rollback().await.unwrap();
    // Only `default` has it.
    let txn = db.begin().await.unwrap();
    let set = "SET LOCAL default_text_search_config = 'public.mine'";
    assert_eq!(answer(&txn, set).await, "done");
    assert_eq!(answer(&txn, REPORTS).await, "error 22023");
    txn.rollback().await.unwrap();
}

/// Whoever goes on as if a setting had not failed would go on as somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_on_after_a_setting_that_failed() {
    let Tenants { db, .. } = &Tenants::new("failed").await;
    let txn = db.begin().await.unwrap();
    let refused = answer(&txn, "SET LOCAL ROLE nobody_such").await;
    assert!(refused.starts_with("error"), "{refused}");
    let insert = "INSERT INTO report VALUES ('bread-shop', 'rolls')";
    let error = txn.execute_unprepared(insert).await.unwrap_err();
    let ours = RoutingError::of(&error);
    assert!(
        matches!(ours, Some(RoutingError::OtherTransaction { .. })),
        "{error}"
    );
    txn.rollback().await.unwrap();
}

/// What a nested transaction has set also counts on a part that begins after its end.
#[tokio::test(flavor = "multi_thread")]
async fn part_that_begins_later_is_told_what_was_nested() {
    let Tenants { db, .. } = &Tenants::new("later").await;
    let txn = db
        .begin_across(["default", "reports"], Atomicity::InOrder)
        .await
        .unwrap();
    let nested = txn.begin().await.unwrap();
    answer(&nested, "SET LOCAL app.tenant = 'bread-shop'").await;
    nested.commit().await.unwrap();
    assert_eq!(answer(&txn, REPORTS).await, r#"{"a":"bread"}"#);
    txn.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_parts_are_told() {
    let Tenants { db, .. } = &Tenants::new("parts").await;
    let txn = db
        .begin_across(["default", "reports"], Atomicity::InOrder)
        .await
        .unwrap();
    answer(&txn, "SELECT set_config('app.tenant', 'bread-shop', true)").await;
    for sql in [NOTES, REPORTS] {
        assert_eq!(answer(&txn, sql).await, r#"{"a":"bread"}"#);
    }
    let nested = txn.begin().await.unwrap();
    answer(&nested, "SET LOCAL app.tenant = 'read'").await;
    for sql in [NOTES, REPORTS] {
        assert_eq!(answer(&nested, sql).await, r#"{"a":"book"}"#);
    }
    nested.rollback().await.unwrap();
    for sql in [REPORTS, NOTES] {
        assert_eq!(answer(&txn, sql).await, r#"{"a":"bread"}"#);
    }
    txn.commit().await.unwrap();

    // The second one begins later, within what is nested.
    let txn = db
        .begin_across(["default", "reports"], Atomicity::InOrder)
        .await
        .unwrap();
    answer(&txn, "SET LOCAL app.tenant = 'read'").await;
    answer(&txn, "SET LOCAL app.tenant = 'bread-shop'").await;
    let nested = txn.begin().await.unwrap();
    assert_eq!(answer(&nested, REPORTS).await, r#"{"a":"bread"}"#);
    nested.commit().await.unwrap();
    let error = txn.execute_unprepared("SET LOCAL default_text_search_config = 'public.mine'");
    assert_eq!(
        code(error.await.unwrap_err()),
        "error 22023",
        "that of reports"
    );
    txn.rollback().await.unwrap();
}
