//! What this process changes on replicated servers is told, and what nobody knows is told as that.

use std::time::Duration;

use crate::replicated::{Desk, Notebook, Turns, Way, new_note, note, patient};
use crate::support::{soon, told};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, SqlErr, TransactionTrait};
use sea_orm_routing::RoutingDatabase;
use test_cluster::{Network, Postgres, on_servers};
use tokio::time::timeout;

async fn every_way_of_writing_is_told<S: Turns>() {
    let notebook = Notebook::<S>::new("modifications").await;
    let db = &notebook.open(patient()).await;
    let mut desk = Desk::new(&notebook.master, 1, Way::ALL.len()).await;
    notebook.catch_up().await;
    let mut modifications = db.modifications();
    for (version, way) in (1..).zip(Way::ALL) {
        assert_eq!(
            way.is_fresh(db, &mut desk, version).await,
            Ok(true),
            "{way:?}"
        );
        let expected = match way {
            Way::Insert => "insert of note, 1 rows",
            Way::InsertExec => "insert of note",
            Way::InsertMany => "insert of note, 3 rows",
            Way::Delete | Way::DeleteMany => "delete of note, 1 rows",
            Way::Commit | Way::Savepoint => "update of note, 1 rows, in a transaction",
            _ => "update of note, 1 rows",
        };
        let told = told(&mut modifications).await;
        // An INSERT that answers with its row is asked for one row, and says nothing of more.
        let is_counted = |told: &String| {
            told.replace(", 1 rows", "") == format!("default: {}", expected.replace(", 1 rows", ""))
        };
        assert!(told.len() == 1 && is_counted(&told[0]), "{way:?}: {told:?}");
        if !expected.starts_with("insert") && S::HAS_RETURNING {
            let without_rows = ["default: update of note", &format!("default: {expected}")]
                .contains(&told[0].as_str());
            assert!(without_rows, "{way:?}: {told:?}");
        }
    }
}

on_servers!(every_way_of_writing_is_told: Postgres, MariaDb);

/// The server has the write, and its answer never comes.
async fn unclear_write_is_told_unconfirmed<S: Turns>() {
    let notebook = Notebook::<S>::new("unclear").await;
    let master = notebook.cluster.master();
    let config = crate::replicated::two_slaves(
        [
            notebook.database.proxied_url(master),
            notebook.database.url(notebook.cluster.slave(1)),
            notebook.database.url(notebook.cluster.slave(2)),
        ],
        patient(),
    );
    let db = &RoutingDatabase::from_config(config).await.unwrap();
    new_note(1, 1).insert(db).await.unwrap();
    let mut modifications = db.modifications();

    master.set_network(Network::Mute).await;
    let write = note::Entity::delete_many().exec(db);
    assert!(timeout(Duration::from_millis(200), write).await.is_err());
    let told = soon(&mut modifications).await;
    assert_eq!(told.to_string(), "default: delete of note, unconfirmed");
    master.set_network(Network::Forward).await;
}

on_servers!(unclear_write_is_told_unconfirmed: Postgres, MariaDb);

/// A COMMIT without an answer may have happened; one that the server refuses has not.
async fn commit_is_told_as_far_as_it_is_known<S: Turns>() {
    let notebook = Notebook::<S>::new("commit").await;
    let master = notebook.cluster.master();
    let urls = [
        notebook.database.proxied_url(master),
        notebook.database.url(notebook.cluster.slave(1)),
        notebook.database.url(notebook.cluster.slave(2)),
    ];
    let config = crate::replicated::two_slaves(urls, patient());
    let db = &RoutingDatabase::from_config(config).await.unwrap();
    let mut modifications = db.modifications();

    let transaction = db.begin().await.unwrap();
    new_note(1, 1).insert(&transaction).await.unwrap();
    master.set_network(Network::Mute).await;
    let commit = transaction.commit();
    assert!(timeout(Duration::from_millis(200), commit).await.is_err());
    let told = soon(&mut modifications).await;
    assert!(!told.confirmed && told.in_transaction, "{told}");
    master.set_network(Network::Forward).await;
}

on_servers!(commit_is_told_as_far_as_it_is_known: Postgres, MariaDb);

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_postgres_refuses_is_not_told() {
    let notebook = Notebook::<Postgres>::new("deferred").await;
    let db = &notebook.open(patient()).await;
    let constraint = "ALTER TABLE note ADD UNIQUE (owner) DEFERRABLE INITIALLY DEFERRED";
    db.execute_unprepared(constraint).await.unwrap();
    let mut modifications = db.modifications();
    let transaction = db.begin().await.unwrap();
    new_note(1, 1).insert(&transaction).await.unwrap();
    new_note(1, 2).insert(&transaction).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    let is_double = matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)));
    assert!(is_double, "{error}");
    assert!(told(&mut modifications).await.is_empty());
    assert!(
        note::Entity::find()
            .one(&db.master())
            .await
            .unwrap()
            .is_none()
    );
}
