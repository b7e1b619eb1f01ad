use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionTrait};
use sea_orm_routing::{Atomicity, Role, RoutingError};

use crate::books::{BINDS, Books, Place, insert, write};

const SQLITE: [Place; 3] = [Place::Sqlite; 3];

#[tokio::test]
async fn every_statement_runs_in_its_own_binds_part() {
    let books = Books::new("parts", SQLITE).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    for (number, bind) in BINDS.into_iter().enumerate() {
        let statement = Statement::from_string(DbBackend::Sqlite, insert(number, 1));
        let route = transaction.route(&statement).unwrap();
        assert_eq!((route.bind.as_str(), route.role), (bind, Role::Master));
        transaction.execute_raw(statement).await.unwrap();
    }
    assert_eq!(books.show(1).await, [false; 3]);
    transaction.commit().await.unwrap();
    assert_eq!(books.show(1).await, [true; 3]);
}

#[tokio::test]
async fn part_begins_with_its_first_statement() {
    let books = Books::new("lazy", SQLITE).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    write(&transaction, &[1], 1).await.unwrap();
    // SQLite has one writer: a part that had begun here would hold it.
    db.execute_unprepared(&insert(0, 2)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(books.show(1).await, [false, true, false]);
    assert_eq!(books.show(2).await, [true, false, false]);
}

#[tokio::test]
async fn what_is_dropped_or_rolled_back_leaves_nothing() {
    let books = Books::new("dropped", SQLITE).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    drop(transaction);
    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(books.show(1).await, [false; 3]);
    let unused = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    unused.commit().await.unwrap();
}

#[tokio::test]
async fn nested_transaction_is_a_savepoint_of_every_bind() {
    let books = Books::new("nested", SQLITE).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    write(&transaction, &[0], 1).await.unwrap();
    let kept = transaction.begin().await.unwrap();
    write(&kept, &[0, 1], 2).await.unwrap();
    kept.commit().await.unwrap();
    let undone = transaction.begin().await.unwrap();
    write(&undone, &[0, 1, 2], 3).await.unwrap();
    undone.rollback().await.unwrap();
    let open = transaction.begin().await.unwrap();
    write(&open, &[2], 4).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(RoutingError::of(&error), Some(&RoutingError::NestedOpen));
    drop(open);
    assert_eq!(books.show(2).await, [false; 3]);

    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    let done = transaction.transaction::<_, _, DbErr>(|nested| {
        Box::pin(async move { write(nested, &[0, 1, 2], 5).await })
    });
    done.await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(books.show(5).await, [true; 3]);
}

#[tokio::test]
async fn failure_behind_the_first_commit_lists_what_is_done() {
    let books = Books::new("partly", [Place::Sqlite, Place::Postgres, Place::Sqlite]).await;
    let deferred = "ALTER TABLE entry_1 ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED";
    books
        .direct(1)
        .execute_unprepared("ALTER TABLE entry_1 DROP CONSTRAINT entry_1_pkey")
        .await
        .unwrap();
    books.direct(1).execute_unprepared(deferred).await.unwrap();
    let db = books.open().await;

    let transaction = db.begin_across(BINDS, Atomicity::InOrder).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    write(&transaction, &[1], 1).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    let Some(RoutingError::PartlyCommitted {
        committed,
        failed,
        source,
        ..
    }) = RoutingError::of(&error)
    else {
        panic!("{error}");
    };
    assert_eq!(
        (committed.as_slice(), failed.as_str()),
        (["default".into()].as_slice(), "second")
    );
    assert!(source.sql_err().is_some(), "{source}");
    assert!(
        error
            .to_string()
            .ends_with("transaction was committed on `default` and failed on `second`")
    );
    assert!(RoutingError::may_have_happened(&error));
    assert_eq!(books.show(1).await, [true, false, false]);

    // Where the first fails, nothing has happened, and the driver's error says so.
    let transaction = db
        .begin_across(["second", "default"], Atomicity::InOrder)
        .await
        .unwrap();
    write(&transaction, &[0, 1], 2).await.unwrap();
    write(&transaction, &[1], 2).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert!(error.sql_err().is_some(), "{error}");
    assert!(!RoutingError::may_have_happened(&error));
    assert_eq!(books.show(2).await, [false; 3]);
}

#[tokio::test]
async fn bind_that_is_not_listed_is_an_error_before_anything_is_sent() {
    let books = Books::new("unlisted", SQLITE).await;
    let db = books.open().await;
    let transaction = db
        .begin_across(["default", "second"], Atomicity::InOrder)
        .await
        .unwrap();
    let error = write(&transaction, &[2], 1).await.unwrap_err();
    assert!(error.to_string().ends_with(
        "transaction is open on bind `default`, `second`, and the statement belongs to bind `third`: \
         `entry_2` is listed in binds.yaml"
    ), "{error}");
    let third = transaction.bind("third").map(drop);
    assert!(
        matches!(third, Err(RoutingError::OtherTransaction { .. })),
        "{third:?}"
    );
    let part = transaction.bind("second").unwrap();
    part.execute_unprepared("INSERT INTO entry_1 (id) VALUES (7)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(books.show(7).await, [false, true, false]);
}

#[tokio::test]
async fn unfit_lists_are_refused() {
    let books = Books::new("unfit", SQLITE).await;
    let db = books.open().await;
    let cases: [(&[&str], Atomicity, &str); 5] = [
        (
            &[],
            Atomicity::InOrder,
            "bind `` can't be part of the transaction: a transaction needs one at least",
        ),
        (
            &["default", "default"],
            Atomicity::InOrder,
            "bind `default` can't be part of the transaction: it is named twice",
        ),
        (
            &["default", "second.master"],
            Atomicity::InOrder,
            "bind `second.master` can't be part of the transaction: it is a node, and a whole bind is needed",
        ),
        (
            &["nowhere"],
            Atomicity::InOrder,
            "unknown bind key `nowhere`; known are `default`, `second`, `third`",
        ),
        (
            &["default", "second"],
            Atomicity::TwoPhase,
            "bind `second` can't be part of the transaction: it can't prepare a transaction, so it must be the first bind",
        ),
    ];
    for (binds, atomicity, expected) in cases {
        let error = db
            .begin_across(binds.iter().copied(), atomicity)
            .await
            .unwrap_err();
        assert!(error.to_string().ends_with(expected), "{binds:?}: {error}");
    }
}
