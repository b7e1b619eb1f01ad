//! The master's own connection, for code that names `DatabaseConnection`: what it does, and what sessions know of it.

use crate::replicated::{Notebook, Turns, find, new_note, note, patient, served};
use sea_orm::{
    ActiveModelTrait, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, TransactionTrait,
};
use sea_orm_routing::RoutingDatabase;
use test_cluster::{Postgres, on_servers};

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
    let count = note::Entity::find().count(&connection);
    let (count, by) = served(&db, count).await;
    assert_eq!((count.unwrap(), by), (0, "default.master 1r".into()));
    let (count, by) = served(&db, note::Entity::find().count(&db)).await;
    assert_eq!((count.unwrap(), by), (0, "default.slave 1r".into()));

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
    db.close().await.unwrap();
    let error = add(&connection, 1).await.unwrap_err();
    assert!(matches!(error, DbErr::ConnectionAcquire(_)), "{error}");
}
