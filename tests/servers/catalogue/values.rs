//! Names of tables and sequences that stand in strings, and in the values that are bound to a text.

use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait, Statement, StreamTrait, TransactionTrait, Value,
    sea_query::{Expr, Func, Query},
};
use sea_orm_routing::{Atomicity, RoutingError};
use test_cluster::{MariaDb, MySql, Postgres, Server};
use tokio_stream::StreamExt;

use super::objects::{CAKE, REPORT, Two, count};
use crate::support::served;

const NEXT: &str = "SELECT nextval($1)";

fn postgres(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

async fn two(name: &str) -> Two<Postgres> {
    let default = [CAKE, "CREATE SEQUENCE cakes", "CREATE SEQUENCE shared"];
    let reports = [
        REPORT,
        "CREATE SEQUENCE number",
        "CREATE SEQUENCE shared",
        "CREATE FUNCTION rows_of(what regclass) RETURNS int LANGUAGE plpgsql STABLE AS
         'BEGIN RETURN 7; END'",
        "CREATE FUNCTION named(what text) RETURNS text LANGUAGE sql STABLE AS 'SELECT what'",
    ];
    let more = "CREATE FUNCTION named(what text) RETURNS text LANGUAGE sql STABLE AS 'SELECT what'";
    Two::new(name, &[&default[..], &[more]].concat(), &reports).await
}

#[tokio::test]
async fn a_bound_value_names_a_sequence_as_a_string_does() {
    let two = two("values").await;
    let next = |name: &str| postgres(NEXT, [name.into()]);
    // One text: what one value has told is not taken for what another one means.
    for (name, node) in [
        ("number", "reports.master 1w"),
        ("cakes", "default.master 1w"),
        ("public.number", "reports.master 1w"),
        ("\"cakes\"", "default.master 1w"),
        ("number", "reports.master 1w"),
    ] {
        let (row, by) = served(&two.db, two.db.query_one_raw(next(name))).await;
        assert!(row.unwrap().is_some(), "{name}");
        assert_eq!(by.to_string(), node, "{name}");
    }
    let built = Query::select()
        .expr(Func::cust("nextval").arg("number"))
        .to_owned();
    let (row, by) = served(&two.db, two.db.query_one(&built)).await;
    assert_eq!(row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 4);
    assert_eq!(by.to_string(), "reports.master 1w");
    let (_, by) = served(&two.db, async {
        let mut stream = two.db.stream_raw(next("number")).await.unwrap();
        stream.next().await.unwrap().unwrap();
    })
    .await;
    assert_eq!(by.to_string(), "reports.master 1w");
    let by = postgres("SELECT setval($2, $1)", [40i64.into(), "number".into()]);
    two.db.execute_raw(by).await.unwrap();
    let last = "SELECT last_value FROM number";
    assert_eq!(count(&two.reports, last).await, 40);

    let error = two.db.query_one_raw(next("shared")).await.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::AmbiguousObject { .. })
        ),
        "{error}"
    );
    // Nobody has it, and nothing is named at all: the server of `default` says so.
    for value in ["nobodys".into(), Value::String(None)] {
        let (_, by) = served(&two.db, two.db.query_one_raw(postgres(NEXT, [value]))).await;
        assert_eq!(by.to_string(), "default.master 1w");
    }
    two.db.close().await.unwrap();
}

#[tokio::test]
async fn a_bound_value_tells_the_bind_of_a_transaction() {
    let two = two("bound").await;
    let next = |name: &str| postgres(NEXT, [name.into()]);
    let txn = two.db.begin().await.unwrap();
    txn.execute_raw(next("number")).await.unwrap();
    let error = txn.execute_raw(next("cakes")).await.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::OtherTransaction { .. })
        ),
        "{error}"
    );
    txn.execute_raw(next("shared")).await.unwrap();
    txn.commit().await.unwrap();
    let across = ["default", "reports"];
    let all = two.db.begin_across(across, Atomicity::InOrder).await;
    let all = all.unwrap();
    all.execute_raw(next("cakes")).await.unwrap();
    all.execute_raw(next("number")).await.unwrap();
    all.commit().await.unwrap();
    let last = |sequence: &str| format!("SELECT last_value FROM {sequence}");
    assert_eq!(count(&two.reports, &last("number")).await, 2);
    assert_eq!(count(&two.reports, &last("shared")).await, 1);
    assert_eq!(count(&two.default, &last("cakes")).await, 1);
    let is_called = "SELECT count(*) FROM shared WHERE is_called";
    assert_eq!(count(&two.default, is_called).await, 0);
    two.db.close().await.unwrap();
}

/// What a statement answers about the table of `reports`, and who answered it.
async fn found<S: Server>(two: &Two<S>, statement: Statement) -> (bool, String) {
    let text = statement.to_string();
    let (row, by) = served(&two.db, two.db.query_one_raw(statement)).await;
    let row = row.unwrap_or_else(|error| panic!("{text}: {error}"));
    (row.is_some(), by.to_string())
}

#[tokio::test]
async fn postgres_answers_about_a_table_where_it_is() {
    let two = two("relations").await;
    let report = || [Value::from("report")];
    for (text, values) in [
        ("SELECT 'report'::regclass::oid::int8", vec![]),
        ("SELECT $1::regclass::oid::int8", report().to_vec()),
        ("SELECT pg_table_size('report')", vec![]),
        ("SELECT pg_table_size($1)", report().to_vec()),
        (
            "SELECT 1 FROM pg_constraint WHERE conrelid = $1::regclass",
            report().to_vec(),
        ),
        (
            "SELECT count(*) FROM pg_attribute WHERE attrelid = CAST($1 AS regclass)",
            report().to_vec(),
        ),
        (
            "SELECT obj_description(to_regclass($1)) IS NULL",
            report().to_vec(),
        ),
        (
            "SELECT 1 FROM information_schema.table_constraints WHERE $1 = table_name",
            report().to_vec(),
        ),
        ("SELECT rows_of('report')", vec![]),
        ("SELECT rows_of($1)", report().to_vec()),
        (
            "SELECT 1 FROM information_schema.columns WHERE table_name = 'report'",
            vec![],
        ),
        (
            "SELECT 1 FROM information_schema.columns c WHERE table_schema = $1 AND c.table_name = $2",
            vec!["public".into(), "report".into()],
        ),
        (
            "SELECT 1 FROM pg_catalog.pg_class WHERE relname IN ($1, $2)",
            vec!["other".into(), "report".into()],
        ),
    ] {
        let answer = found(&two, postgres(text, values)).await;
        assert_eq!(answer, (true, "reports.slave 1r".to_owned()), "{text}");
    }
    // A value that is a value.
    for (text, value) in [
        ("SELECT $1::text", "report"),
        ("SELECT named($1)", "report"),
        ("SELECT 1 FROM pg_class WHERE relname = $1", "cake"),
        (
            "SELECT 1 FROM cake RIGHT JOIN (VALUES (1)) v (n) ON $1 = 'x'",
            "report",
        ),
    ] {
        let answer = found(&two, postgres(text, [value.into()])).await;
        assert_eq!(answer, (true, "default.slave 1r".to_owned()), "{text}");
    }
    let built = Query::select()
        .expr(Expr::val(1))
        .from(("information_schema", "tables"))
        .and_where(Expr::col("table_name").eq("report"))
        .to_owned();
    let (row, by) = served(&two.db, two.db.query_one(&built)).await;
    assert!(row.unwrap().is_some());
    assert_eq!(by.to_string(), "reports.slave 1r");
    two.db.close().await.unwrap();
}

async fn mysql_answers_about_a_table_where_it_is<S: Server>(name: &str) {
    let two = Two::<S>::new(name, &[CAKE], &[REPORT]).await;
    let text = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
    let about =
        |table: &str| Statement::from_sql_and_values(DbBackend::MySql, text, [Value::from(table)]);
    assert_eq!(
        found(&two, about("report")).await,
        (true, "reports.slave 1r".to_owned())
    );
    assert_eq!(
        found(&two, about("cake")).await,
        (true, "default.slave 1r".to_owned())
    );
    two.db.close().await.unwrap();
}

#[tokio::test]
async fn mysql_answers_about_a_table_where_that_is() {
    mysql_answers_about_a_table_where_it_is::<MySql>("about").await;
}

#[tokio::test]
async fn mariadb_answers_about_a_table_where_that_is() {
    mysql_answers_about_a_table_where_it_is::<MariaDb>("about").await;
}
