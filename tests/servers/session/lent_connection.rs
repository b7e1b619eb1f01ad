//! The master's own connection, for code that names `DatabaseConnection`: what it does, and what sessions know of it.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    IntoDatabaseExecutor, PaginatorTrait, QueryTrait, Statement, TransactionTrait,
    sqlx::{self, Executor},
};
use sea_orm_routing::{Role, RoutingDatabase};
use test_cluster::{Postgres, on_servers, until};

use crate::replicated::{Notebook, Turns, find, new_note, note, patient, reads, served};

/// Code of somebody else, which can't be changed.
async fn add(db: &DatabaseConnection, version: i64) -> Result<note::Model, DbErr> {
    new_note(1, version).insert(db).await
}

async fn add_in_transaction(db: &DatabaseConnection, version: i64) -> Result<note::Model, DbErr> {
    let transaction = db.begin().await?;
    let note = new_note(1, version).insert(&transaction).await?;
    transaction.commit().await?;
    Ok(note)
}

/// Taken by another session than the one that uses it, as from an application's state.
async fn taken_elsewhere(db: &RoutingDatabase) -> DatabaseConnection {
    let db = db.clone();
    let taken = tokio::spawn(async move { db.master_connection() });
    taken.await.unwrap()
}

async fn found_by_another_session(db: &RoutingDatabase, id: i32) -> Option<note::Model> {
    let db = db.clone();
    let found = tokio::spawn(async move { find(&db, id).await });
    found.await.unwrap()
}

async fn session_reads_what_it_wrote_by_the_connection<S: Turns>() {
    let notebook = Notebook::<S>::new("lent").await;
    let db = notebook.open(patient()).await;
    let connection = taken_elsewhere(&db).await;
    notebook.pause().await;
    let (count, by) = served(&db, note::Entity::find().count(&db)).await;
    assert_eq!((count.unwrap(), by), (0, "default.slave 1r".into()));
    let count = note::Entity::find().count(&connection);
    let (count, by) = served(&db, count).await;
    assert_eq!((count.unwrap(), by), (0, "default.master 1r".into()));

    let written = add(&connection, 1).await.unwrap();
    let (found, by) = served(&db, find(&db, written.id)).await;
    assert_eq!(
        (found, by),
        (Some(written.clone()), "default.master 1r".into())
    );
    let others = found_by_another_session(&db, written.id).await;
    assert_eq!(others, None, "it has not written");

    let written = add_in_transaction(&connection, 2).await.unwrap();
    assert_eq!(find(&db, written.id).await, Some(written));
    notebook.resume().await;
    db.close().await.unwrap();
}

on_servers!(session_reads_what_it_wrote_by_the_connection: Postgres, MariaDb);

/// Ways to add something that SeaORM tells nobody of.
const WAYS: [&str; 4] = ["unprepared", "transaction", "rolled on", "pool"];

async fn add_unseen(db: &DatabaseConnection, way: &str, version: i64) {
    let sql = format!(
        "INSERT INTO note (id, owner, version, text) VALUES ({version}, 1, {version}, 'x')"
    );
    match way {
        "unprepared" => drop(db.execute_unprepared(&sql).await.unwrap()),
        "transaction" => {
            let transaction = db.begin().await.unwrap();
            transaction.execute_unprepared(&sql).await.unwrap();
            transaction.commit().await.unwrap();
        }
        "rolled on" => {
            let transaction = db.begin().await.unwrap();
            note::Entity::find().count(&transaction).await.unwrap();
            let nested = transaction.begin().await.unwrap();
            nested.execute_unprepared(&sql).await.unwrap();
            nested.commit().await.unwrap();
            transaction.commit().await.unwrap();
        }
        _ if db.get_database_backend() == DbBackend::Postgres => {
            let pool = db.get_postgres_connection_pool();
            pool.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        }
        _ => {
            let pool = db.get_mysql_connection_pool();
            pool.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        }
    }
}

async fn what_nobody_tells_of_is_seen_and_slaves_serve_again_when_they_have_it<S: Turns>() {
    let notebook = Notebook::<S>::new("lent").await;
    let db = notebook.open(patient()).await;
    let connection = taken_elsewhere(&db).await;
    for (way, version) in WAYS.into_iter().zip(101..) {
        notebook.pause().await;
        add_unseen(&connection, way, version).await;
        let id = i32::try_from(version).unwrap();
        let (found, by) = served(&db, find(&db, id)).await;
        assert_eq!(found.map(|note| note.version), Some(version), "{way}");
        assert_eq!(by, "default.master 1r", "{way}");
        notebook.resume().await;
        serves_from_slaves(&db).await;
        let (found, by) = served(&db, find(&db, id)).await;
        assert_eq!(found.map(|note| note.version), Some(version), "{way}");
        assert_eq!(by, "default.slave 1r", "{way}");
    }
    db.close().await.unwrap();
}

on_servers!(what_nobody_tells_of_is_seen_and_slaves_serve_again_when_they_have_it: Postgres, MariaDb, MySql);

/// Within less than a time for which the master is read without knowing why.
async fn serves_from_slaves(db: &RoutingDatabase) {
    let is_by_slave = || async {
        let read = note::Entity::find().build(db.get_database_backend());
        let role = db.route(&read).unwrap().role;
        Ok((role == Role::Slave).then_some(()))
    };
    let soon = Duration::from_secs(8);
    until("a slave that serves", soon, is_by_slave)
        .await
        .unwrap();
}

/// What one session does for all others: they need what it defines, and as soon as slaves have it, these serve.
async fn migrations_hold_up_nobody_longer_than_slaves_need<S: Turns>() {
    let notebook = Notebook::<S>::new("lent").await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    let manager = db.into_database_executor();
    let transaction = manager.begin().await.unwrap();
    transaction
        .execute_unprepared("CREATE TABLE unseen (n bigint)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let reader = db.clone();
    let read = async move {
        let reads = reads(&reader);
        let sql = "SELECT n FROM unseen";
        let found =
            reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql));
        let found = found.await.unwrap().len();
        (found, reads, self::reads(&reader))
    };
    let (found, before, after) = tokio::spawn(read).await.unwrap();
    assert_eq!(found, 0);
    assert_eq!(after[1..], before[1..], "no slave has the table");
    notebook.resume().await;
    let (others, own) = (db.clone(), serves_from_slaves(&db));
    let others = tokio::spawn(async move { serves_from_slaves(&others).await });
    own.await;
    others.await.unwrap();
    db.close().await.unwrap();
}

on_servers!(migrations_hold_up_nobody_longer_than_slaves_need: Postgres, MariaDb, MySql);

#[tokio::test(flavor = "multi_thread")]
async fn explicit_session_reads_what_was_written_by_its_connection_elsewhere() {
    let notebook = Notebook::<Postgres>::new("lent").await;
    let db = notebook.open(patient()).await;
    let session = db.session();
    let connection = session.master_connection();
    notebook.pause().await;
    let written = tokio::spawn(async move { add(&connection, 1).await });
    let written = written.await.unwrap().unwrap();
    let (found, by) = served(&db, find(&session, written.id)).await;
    assert_eq!((found, by), (Some(written), "default.master 1r".into()));
    notebook.resume().await;
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_handle_closes_the_connection_too() {
    let notebook = Notebook::<Postgres>::new("lent").await;
    let db = notebook.open(patient()).await;
    let connection = db.master_connection();
    db.close_by_ref().await.unwrap();
    // One that is taken afterwards opens no pool of its own.
    for connection in [connection, db.master_connection()] {
        let error = add(&connection, 1).await.unwrap_err();
        assert!(matches!(error, DbErr::ConnectionAcquire(_)), "{error}");
    }
    let other = notebook.open(patient()).await;
    other.close_by_ref().await.unwrap();
    let error = add(&other.master_connection(), 2).await.unwrap_err();
    assert!(matches!(error, DbErr::ConnectionAcquire(_)), "{error}");
}
