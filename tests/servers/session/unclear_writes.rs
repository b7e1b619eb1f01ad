//! A write of which nobody knows whether it happened counts as one: its session does not read behind it.

use std::{future::poll_fn, pin::pin, task::Poll};

use crate::replicated::{
    HOUR, Notebook, Turns, find, new_note, note, patient, reader, reason, two_slaves, until_state,
};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, TransactionTrait};
use sea_orm_routing::{
    Role, RoutingDatabase, RoutingError, config::PoolConfig, route::NodeReason, status::NodeState,
};
use test_cluster::{Network, on_servers};

/// Slaves that are fresh and replay nothing more, and a master whose answers can be cut off.
async fn open<S: Turns>(notebook: &Notebook<S>) -> RoutingDatabase {
    let master = notebook.cluster.master();
    let urls = [
        notebook.database.proxied_url(master),
        notebook.database.url(notebook.cluster.slave(1)),
        notebook.database.url(notebook.cluster.slave(2)),
    ];
    // The network shall meet the statement, and no ping before it.
    let pool = PoolConfig::new().ping_after_idle(HOUR);
    let db = RoutingDatabase::from_config(two_slaves(urls, patient()).pool(pool));
    let db = db.await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    notebook.pause().await;
    db
}

/// The current task's reads want what it has written, and a task that has not written reads from slaves.
async fn is_remembered(db: &RoutingDatabase, what: &str) {
    assert_eq!(reason(db), NodeReason::OwnWrites, "{what}");
    let other = db.clone();
    let other = tokio::spawn(async move { reader(&other) }).await.unwrap();
    assert_eq!(other, Role::Slave, "{what}");
}

/// Polls `work` once, so that it is sent, and gives it up.
async fn give_up(work: impl Future) {
    let mut work = pin!(work);
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        match work.as_mut().poll(context) {
            Poll::Pending if polls < 2 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

async fn in_task<F: Future<Output = ()> + Send + 'static>(work: F) {
    tokio::spawn(work).await.unwrap();
}

async fn whatever_became_of_a_write_it_is_remembered<S: Turns>() {
    let notebook = Notebook::<S>::new("unclear_writes").await;
    let db = open(&notebook).await;
    let master = notebook.cluster.master();

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        master.set_network(Network::ResetAfter(0)).await;
        let write = note::Entity::insert(new_note(1, 1))
            .exec_without_returning(db)
            .await;
        master.set_network(Network::Forward).await;
        assert!(RoutingError::may_have_happened(&write.unwrap_err()));
        is_remembered(db, "a write without an answer").await;
    })
    .await;

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        note::Entity::find().count(&db.master()).await.unwrap();
        give_up(note::Entity::insert(new_note(1, 2)).exec_without_returning(db)).await;
        is_remembered(db, "a write that was given up").await;
    })
    .await;

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        let transaction = db.begin().await.unwrap();
        new_note(1, 3).insert(&transaction).await.unwrap();
        master.set_network(Network::ResetAfter(0)).await;
        let commit = transaction.commit().await;
        master.set_network(Network::Forward).await;
        assert!(RoutingError::may_have_happened(&commit.unwrap_err()));
        is_remembered(db, "a COMMIT without an answer").await;
    })
    .await;

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        let transaction = db.begin().await.unwrap();
        new_note(1, 4).insert(&transaction).await.unwrap();
        give_up(transaction.commit()).await;
        is_remembered(db, "a COMMIT that was given up").await;
    })
    .await;
    db.close().await.unwrap();
}

on_servers!(whatever_became_of_a_write_it_is_remembered: Postgres, MariaDb, MySql);

async fn what_a_scope_wrote_is_read_outside<S: Turns>() {
    let notebook = Notebook::<S>::new("scopes").await;
    let db = open(&notebook).await;

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        let note = db.scope(new_note(1, 1).insert(db)).await.unwrap();
        is_remembered(db, "a scope's write").await;
        assert!(find(db, note.id).await.is_some());
    })
    .await;

    let handle = db.clone();
    in_task(async move {
        let db = &handle;
        let written = tokio::sync::Notify::new();
        let session = db.session();
        let mut inside = Box::pin(session.scope(async {
            new_note(1, 2).insert(db).await.unwrap();
            written.notify_one();
            std::future::pending::<()>().await;
        }));
        tokio::select! {
            () = &mut inside => {}
            () = written.notified() => {}
        }
        assert_eq!(reader(db), Role::Slave, "the scope has not ended");
        drop(inside);
        is_remembered(db, "the write of a scope that was dropped").await;
    })
    .await;

    // Outside of tasks, the thread is the session.
    let handle = db.clone();
    let runtime = tokio::runtime::Handle::current();
    std::thread::spawn(move || {
        let db = &handle;
        runtime.block_on(async { assert_eq!(reader(db), Role::Slave) });
        let note = runtime.block_on(new_note(1, 3).insert(db)).unwrap();
        runtime.block_on(async {
            is_remembered(db, "the write of a thread").await;
            assert!(find(db, note.id).await.is_some());
        });
    })
    .join()
    .unwrap();
    db.close().await.unwrap();
}

on_servers!(what_a_scope_wrote_is_read_outside: Postgres, MariaDb, MySql);
