//! Reads are split over the slaves of the default bind, and all else goes to its master.

use entity::bakery;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    IntoActiveModel, ModelTrait, PaginatorTrait, QuerySelect, Statement, TransactionTrait,
    prelude::*, sea_query::LockType,
};

use crate::{
    bakery::{Bakery, bakery_named, open, sql},
    support::served,
};

#[tokio::test]
async fn select_is_served_by_a_slave_with_the_slaves_rows() {
    let Bakery { db, .. } = &Bakery::new().await;
    let (rows, served) = served(db, bakery::Entity::find().all(db)).await;
    let name = &rows.unwrap()[0].name;
    assert!(name.starts_with("default.slave-"), "{name}");
    assert_eq!(served, "default.slave 1r");
}

#[tokio::test]
async fn both_slaves_take_their_share() {
    let Bakery { db, .. } = &Bakery::new().await;
    for _ in 0..100 {
        bakery::Entity::find().all(db).await.unwrap();
    }
    let status = db.status();
    let reads = |node| status.node("default", node).unwrap().reads;
    assert_eq!(reads("slave-1") + reads("slave-2"), 100);
    assert!(reads("slave-1") > 25 && reads("slave-2") > 25, "{status}");
}

#[tokio::test]
async fn insert_update_and_delete_reach_the_master_only() {
    let bakery = Bakery::new().await;
    let db = &bakery.db;
    let (inserted, by) = served(db, bakery_named("new").insert(db)).await;
    let inserted = inserted.unwrap();
    assert_eq!(
        (inserted.name.as_str(), by),
        ("new", "default.master 1w".into())
    );

    let mut changed = inserted.clone().into_active_model();
    changed.name = Set("changed".to_owned());
    let (changed, by) = served(db, changed.update(db)).await;
    assert_eq!(
        (changed.unwrap().name.as_str(), by),
        ("changed", "default.master 1w".into())
    );

    let (deleted, by) = served(db, inserted.delete(db)).await;
    assert_eq!(
        (deleted.unwrap().rows_affected, by),
        (1, "default.master 1w".into())
    );
    let slave = bakery.node("default.slave-1").await;
    assert_eq!(bakery::Entity::find().count(&slave).await.unwrap(), 1);
}

#[tokio::test]
async fn insert_returning_through_a_query_method_is_a_write() {
    let Bakery { db, .. } = &Bakery::new().await;
    let insert = sql("INSERT INTO bakery (name) VALUES ('raw') RETURNING id, name");
    let (row, by) = served(db, db.query_one_raw(insert)).await;
    let name: String = row.unwrap().unwrap().try_get("", "name").unwrap();
    assert_eq!((name.as_str(), by), ("raw", "default.master 1w".into()));
}

#[tokio::test]
async fn raw_select_is_a_read_whatever_its_spelling() {
    let Bakery { db, .. } = &Bakery::new().await;
    let texts = [
        "SELECT name FROM bakery",
        "  \n\tselect name from bakery -- to the end",
        "/* trace */ SELECT name FROM bakery /* id=1 */",
        "WITH b AS (SELECT name FROM bakery) SELECT name FROM b",
        "VALUES ('default.slave-')",
        "SELECT name FROM bakery UNION ALL SELECT name FROM bakery",
        "SELECT name FROM bakery WHERE name LIKE '%; DELETE%' OR 1 = 1",
    ];
    for text in texts {
        let (rows, by) = served(db, db.query_all_raw(sql(text))).await;
        let name: String = rows.unwrap()[0].try_get_by_index(0).unwrap();
        assert!(name.starts_with("default.slave-"), "{text}: {name}");
        assert_eq!(by, "default.slave 1r", "{text}");
    }
}

#[tokio::test]
async fn what_is_not_a_proven_read_goes_to_the_master() {
    let Bakery { db, .. } = &Bakery::new().await;
    let texts = [
        "WITH gone AS (SELECT 1) DELETE FROM bakery WHERE id = -1",
        "REPLACE INTO bakery (id, name) VALUES (7, 'seven')",
        "CREATE TABLE t (id integer)",
        "DROP TABLE t",
        "PRAGMA user_version = 3",
        "SELECT 1; DELETE FROM bakery WHERE id = -1",
        "ANALYZE",
    ];
    for text in texts {
        let (result, by) = served(db, db.execute_unprepared(text)).await;
        result.unwrap();
        assert_eq!(by, "default.master 1w", "{text}");
    }
}

#[tokio::test]
async fn unknown_text_and_unknown_functions_go_to_the_master() {
    let Bakery { db, .. } = &Bakery::new().await;
    let cases = [
        ("SELEC 1", "near \"SELEC\": syntax error"),
        (
            "SELECT no_such_function(1)",
            "no such function: no_such_function",
        ),
    ];
    for (text, expected) in cases {
        let (result, by) = served(db, db.query_all_raw(sql(text))).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert_eq!(by, "default.master 1w", "{text}");
    }
}

#[test]
fn locking_reads_route_to_the_master_on_every_backend_that_has_them() {
    use sea_orm::{MockDatabase, QueryTrait};
    use sea_orm_routing::{BindBuilder, RoutingDatabase};

    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        let mock = || MockDatabase::new(backend).into_connection();
        let db = RoutingDatabase::builder()
            .bind(BindBuilder::new("default", mock()).slave("slave-1", mock()))
            .bind(BindBuilder::new("reports", mock()))
            .build()
            .unwrap();
        for lock in [LockType::Update, LockType::Share] {
            let locking = bakery::Entity::find().lock(lock).build(backend);
            let route = db.route(&locking).unwrap();
            assert_eq!(route.node, "master", "{locking}: {route}");
        }
        let plain = db.route(&bakery::Entity::find().build(backend)).unwrap();
        assert_eq!(plain.node, "slave-1", "{plain}");
        let skip = "SELECT id FROM bakery WHERE id IN (\n  SELECT id FROM bakery\n  FOR UPDATE\n  SKIP LOCKED)";
        let route = db.route(&Statement::from_string(backend, skip)).unwrap();
        assert_eq!(route.node, "master", "{route}");
    }
}

#[tokio::test]
async fn find_by_statement_and_models_from_raw_sql_read_from_slaves() {
    #[derive(FromQueryResult)]
    struct Name {
        name: String,
    }
    let Bakery { db, .. } = &Bakery::new().await;
    let text = "SELECT name FROM bakery WHERE id = ?";
    let by_statement = Name::find_by_statement(Statement::from_sql_and_values(
        DbBackend::Sqlite,
        text,
        [1.into()],
    ));
    let (row, by) = served(db, by_statement.one(db)).await;
    assert!(row.unwrap().unwrap().name.starts_with("default.slave-"));
    assert_eq!(by, "default.slave 1r");
    let find = bakery::Entity::find().from_raw_sql(sql("SELECT id, name FROM bakery"));
    let (rows, by) = served(db, find.all(db)).await;
    assert!(rows.unwrap()[0].name.starts_with("default.slave-"));
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn without_slaves_in_rotation_the_master_reads_too() {
    use sea_orm_routing::{BindBuilder, route::NodeReason};

    let directory = tempfile::tempdir().unwrap();
    let connection = open(directory.path(), "alone").await;
    connection
        .execute_unprepared("CREATE TABLE t (id integer)")
        .await
        .unwrap();
    let unused = open(directory.path(), "unused").await;
    let db = &sea_orm_routing::RoutingDatabase::builder()
        .bind(BindBuilder::new("default", connection).weighted_slave("slave-1", unused, 0))
        .bind(BindBuilder::new(
            "reports",
            open(directory.path(), "reports").await,
        ))
        .build()
        .unwrap();
    let (rows, by) = served(db, db.query_all_raw(sql("SELECT * FROM t"))).await;
    assert_eq!((rows.unwrap().len(), by), (0, "default.master 1r".into()));
    let route = db.route(&sql("SELECT * FROM t")).unwrap();
    assert_eq!(route.reason.node, NodeReason::NoSlave);
}

#[tokio::test]
async fn driver_errors_come_back_unchanged() {
    let Bakery { db, .. } = &Bakery::new().await;
    db.execute_unprepared("CREATE UNIQUE INDEX one_name ON bakery (name)")
        .await
        .unwrap();
    bakery_named("twice").insert(db).await.unwrap();
    let error = bakery_named("twice").insert(db).await.unwrap_err();
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
    let txn = db.begin().await.unwrap();
    let error = bakery_named("twice").insert(&txn).await.unwrap_err();
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
}
