//! Handles and scopes that only read.

use entity::bakery;
use sea_orm::{
    AccessMode, ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, MockDatabase,
    PaginatorTrait, QuerySelect, QueryTrait, StreamTrait, TransactionTrait,
};
use sea_orm_routing::{BindBuilder, RoutingDatabase, RoutingError};

use crate::{
    bakery::{Bakery, bakery_named, sql},
    support::served,
};

fn is_prevented(error: &DbErr) -> bool {
    matches!(
        RoutingError::of(error),
        Some(RoutingError::WritePrevented { .. })
    )
}

const INSERT: &str = "INSERT INTO bakery (name) VALUES ('prevented')";

async fn errors_of_entities(db: &RoutingDatabase) -> Vec<DbErr> {
    let insert = || bakery::Entity::insert(bakery_named("prevented"));
    vec![
        bakery_named("prevented").insert(db).await.unwrap_err(),
        insert().exec(db).await.unwrap_err(),
        insert().exec_without_returning(db).await.unwrap_err(),
        bakery::Entity::delete_many().exec(db).await.unwrap_err(),
    ]
}

async fn errors_of_methods(db: &RoutingDatabase) -> Vec<DbErr> {
    let find = bakery::Entity::find().lock_exclusive();
    vec![
        db.execute_unprepared(INSERT).await.unwrap_err(),
        db.execute_raw(sql(INSERT)).await.unwrap_err(),
        db.query_one_raw(sql(INSERT)).await.unwrap_err(),
        db.query_all_raw(sql(INSERT)).await.unwrap_err(),
        db.stream_raw(sql(INSERT)).await.err().unwrap(),
        db.query_all_raw(find.build(DbBackend::Postgres))
            .await
            .unwrap_err(),
    ]
}

async fn errors_of_texts(db: &RoutingDatabase) -> Vec<DbErr> {
    let mut errors = Vec::new();
    for text in [
        INSERT,
        "CREATE TABLE prevented (id int)",
        "PRAGMA user_version = 7",
        "WITH x AS (SELECT 1) DELETE FROM bakery",
        "SELECT 1; DELETE FROM bakery",
        "SELECT no_function_of_sqlite()",
        "ATTACH 'x' AS x",
        "BEGIN",
    ] {
        errors.push(db.execute_unprepared(text).await.unwrap_err());
    }
    errors
}

/// By every way that SeaORM has; nothing reaches a node.
async fn assert_all_writes_are_prevented(db: &RoutingDatabase) {
    let writes = async {
        let mut errors = Box::pin(errors_of_entities(db)).await;
        errors.extend(Box::pin(errors_of_methods(db)).await);
        for handle in [
            db.clone(),
            db.master(),
            db.session(),
            db.bind("default").unwrap(),
        ] {
            errors.extend(Box::pin(errors_of_texts(&handle)).await);
        }
        errors
    };
    let (errors, by) = served(db, writes).await;
    assert_eq!(errors.len(), 4 + 6 + 4 * 8);
    for error in &errors {
        assert!(is_prevented(error), "{error}");
    }
    assert_eq!(by, "");
}

#[tokio::test]
async fn handle_reads_and_sends_no_write() {
    let Bakery { db, .. } = &Bakery::new().await;
    bakery_named("prevented").insert(db).await.unwrap();
    let reading = db.preventing_writes();
    assert_all_writes_are_prevented(&reading).await;
    let (count, by) = served(db, bakery::Entity::find().count(&reading)).await;
    assert_eq!(count.unwrap(), 1);
    assert_eq!(by, "default.slave 1r");
    let route = reading.route(&sql("DELETE FROM bakery")).unwrap_err();
    assert!(matches!(route, RoutingError::WritePrevented { .. }));
    bakery_named("prevented").insert(db).await.unwrap();
}

#[tokio::test]
async fn transaction_reads_sets_and_sends_no_write() {
    let Bakery { db, .. } = &Bakery::new().await;
    let before = bakery::Entity::find().count(&db.master()).await.unwrap();
    for access in [
        None,
        Some(AccessMode::ReadOnly),
        Some(AccessMode::ReadWrite),
    ] {
        let reading = db.preventing_writes();
        let txn = reading.begin_with_config(None, access).await.unwrap();
        assert!(bakery::Entity::find().count(&txn).await.is_ok());
        assert!(is_prevented(
            &bakery_named("prevented").insert(&txn).await.unwrap_err()
        ));
        let nested = txn.begin().await.unwrap();
        assert!(is_prevented(
            &bakery_named("prevented").insert(&nested).await.unwrap_err()
        ));
        nested.commit().await.unwrap();
        txn.commit().await.unwrap();
    }
    let after = bakery::Entity::find().count(&db.master()).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn setting_of_a_transaction_is_let_through() {
    let master = MockDatabase::new(DbBackend::Postgres)
        .append_exec_results([Default::default(), Default::default()])
        .into_connection();
    let db = RoutingDatabase::builder()
        .bind(BindBuilder::new("default", master.clone()))
        .bind(BindBuilder::new("reports", master.clone()))
        .build()
        .unwrap();
    let txn = db.preventing_writes().begin().await.unwrap();
    txn.execute_unprepared("SET LOCAL app.tenant = 'x'")
        .await
        .unwrap();
    for stays in [
        "SET app.tenant = 'x'",
        "SELECT setval('s', 1)",
        "LOCK report",
    ] {
        assert!(
            is_prevented(&txn.execute_unprepared(stays).await.unwrap_err()),
            "{stays}"
        );
    }
    txn.commit().await.unwrap();
    assert_eq!(master.into_transaction_log()[0].statements().len(), 3);
}

#[tokio::test]
async fn nobody_writes_inside_of_the_scope() {
    let Bakery { db, .. } = &Bakery::new().await;
    let Bakery { db: other, .. } = &Bakery::new().await;
    let reading = db.preventing_writes();
    let inside = reading.scope(async {
        Box::pin(assert_all_writes_are_prevented(db)).await;
        Box::pin(assert_all_writes_are_prevented(other)).await;
        // A scope inside does not let go of it.
        db.scope(Box::pin(assert_all_writes_are_prevented(db)))
            .await;
    });
    inside.await;
    let (written, by) = served(db, bakery_named("let through").insert(db)).await;
    assert_eq!(written.unwrap().name, "let through");
    assert_eq!(by, "default.master 1w");
}
