use std::{future::poll_fn, pin::pin, task::Poll};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, StreamTrait, TransactionTrait};
use sea_orm_routing::{Atomicity, RoutingError, classify::Access};
use tokio_stream::StreamExt;

use crate::books::{BINDS, Books, Place, SOON, write};
use test_cluster::until;

const MIXED: [[Place; 3]; 4] = [
    [Place::Postgres, Place::Postgres, Place::MariaDb],
    [Place::MariaDb, Place::Postgres, Place::MariaDb],
    [Place::Sqlite, Place::MariaDb, Place::Postgres],
    [Place::MariaDb, Place::MariaDb, Place::MariaDb],
];

#[tokio::test]
async fn whichever_binds_are_touched_all_show_it_or_none() {
    for places in MIXED {
        let books = Books::new("touched", places).await;
        let db = books.open().await;
        let touched: [&[usize]; 7] = [&[0], &[1], &[2], &[0, 1], &[1, 2], &[2, 0], &[2, 1, 0]];
        for (id, numbers) in (1..).zip(touched) {
            let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
            write(&transaction, numbers, id).await.unwrap();
            transaction.commit().await.unwrap();
            let expected = [0, 1, 2].map(|number| numbers.contains(&number));
            assert_eq!(books.show(id).await, expected, "{places:?} {numbers:?}");

            let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
            write(&transaction, numbers, 100 + id).await.unwrap();
            transaction.rollback().await.unwrap();
            let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
            write(&transaction, numbers, 100 + id).await.unwrap();
            drop(transaction);
            assert_eq!(
                books.show(100 + id).await,
                [false; 3],
                "{places:?} {numbers:?}"
            );
        }
        assert_eq!(books.prepared().await, 0, "{places:?}");
        // Connections that were in it are as good as new.
        for _ in 0..20 {
            let second = db.bind("second").unwrap().master();
            let count = "SELECT count(*) FROM entry_1";
            second.execute_unprepared(count).await.unwrap();
        }
        db.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_it_defines_is_known_with_its_answer() {
    let places = [Place::Postgres, Place::Postgres, Place::MariaDb];
    let books = Books::new("defines", places).await;
    // The first bind is where it is decided, and ends as any other transaction.
    let bake = "CREATE FUNCTION bake() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'";
    books.direct(1).execute_unprepared(bake).await.unwrap();
    let db = books.open().await;
    let access = || {
        let read = Statement::from_string(DbBackend::Postgres, "SELECT id FROM entry_1");
        db.route(&read).unwrap().access
    };
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1], 1).await.unwrap();
    let policy = "CREATE POLICY own ON entry_1 USING (bake() = 1)";
    transaction.execute_unprepared(policy).await.unwrap();
    assert_eq!(access(), Access::Read, "nobody knows of it yet");
    transaction.commit().await.unwrap();
    assert_eq!(access(), Access::Write);
    db.close().await.unwrap();
}

#[tokio::test]
async fn savepoints_and_streams_work_in_prepared_parts() {
    for places in MIXED {
        let books = Books::new("inside", places).await;
        let db = books.open().await;
        let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
        write(&transaction, &[0, 1, 2], 1).await.unwrap();
        let kept = transaction.begin().await.unwrap();
        write(&kept, &[0, 1, 2], 2).await.unwrap();
        kept.commit().await.unwrap();
        let undone = transaction.begin().await.unwrap();
        write(&undone, &[0, 1, 2], 3).await.unwrap();
        undone.rollback().await.unwrap();
        for (number, bind) in BINDS.into_iter().enumerate() {
            let part = transaction.bind(bind).unwrap();
            let sql = format!("SELECT id FROM entry_{number} ORDER BY id");
            let statement =
                Statement::from_string(ConnectionTrait::get_database_backend(part), sql);
            let mut rows = transaction.stream_raw(statement).await.unwrap();
            let mut ids = Vec::new();
            while let Some(row) = rows.next().await {
                ids.push(row.unwrap().try_get::<i32>("", "id").unwrap());
            }
            assert_eq!(ids, [1, 2], "{places:?} {number}");
        }
        transaction.commit().await.unwrap();
        assert_eq!(books.show(2).await, [true; 3], "{places:?}");
        assert_eq!(books.show(3).await, [false; 3], "{places:?}");
    }
}

#[tokio::test]
async fn commit_whose_future_is_dropped_goes_on() {
    let books = Books::new("goes_on", MIXED[0]).await;
    let db = books.open().await;
    for id in 1..=20 {
        let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
        write(&transaction, &[0, 1, 2], id).await.unwrap();
        {
            let mut commit = pin!(transaction.commit());
            poll_fn(|context| Poll::Ready(commit.as_mut().poll(context).is_ready())).await;
        }
        until("all binds show it", SOON, || async {
            Ok((books.show(id).await == [true; 3]).then_some(()))
        })
        .await
        .unwrap();
    }
    assert_eq!(books.prepared().await, 0);
}

#[tokio::test]
async fn decision_is_forgotten_when_all_have_committed() {
    let books = Books::new("forgotten", MIXED[0]).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    transaction.commit().await.unwrap();
    until("no commitment is remembered", SOON, || async {
        Ok((books.commitments().await == 0).then_some(()))
    })
    .await
    .unwrap();
    let recovery = db.recover_prepared().await;
    assert!(recovery.is_complete(), "{recovery}");
    assert_eq!(recovery.committed, []);
}

/// Whether the first bind is named as the one without the table.
fn has_no_table(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::NoDecisionTable { bind, .. }) if bind == "default")
}

#[tokio::test]
async fn first_bind_needs_the_decision_table() {
    let books = Books::new("no_table", MIXED[0]).await;
    let drop = "DROP TABLE sea_orm_routing_decision";
    books.direct(0).execute_unprepared(drop).await.unwrap();
    let db = books.open().await;
    let error = db
        .begin_across(BINDS, Atomicity::TwoPhase)
        .await
        .unwrap_err();
    assert!(has_no_table(&error), "{error}");

    // Made anew meanwhile, it would not know what the old one had decided.
    sea_orm_routing::two_phase::create_decision_table(&db)
        .await
        .unwrap();
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1], 1).await.unwrap();
    db.master().execute_unprepared(drop).await.unwrap();
    sea_orm_routing::two_phase::create_decision_table(&db)
        .await
        .unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert!(has_no_table(&error), "{error}");
    assert_eq!(books.show(1).await, [false; 3]);
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1], 2).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(books.show(2).await, [true, true, false]);
}
