use sea_orm::{ConnectionTrait, DbErr, SqlErr};
use sea_orm_routing::{Atomicity, RoutingError};

use crate::books::{BINDS, Books, Place, insert, write};

const PLACES: [Place; 3] = [Place::Postgres, Place::MariaDb, Place::Postgres];

/// A constraint that is looked at when a transaction ends.
async fn defer(books: &Books, number: usize) {
    for sql in [
        format!("ALTER TABLE entry_{number} DROP CONSTRAINT entry_{number}_pkey"),
        format!("ALTER TABLE entry_{number} ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED"),
    ] {
        books.direct(number).execute_unprepared(&sql).await.unwrap();
    }
}

async fn refused_by(number: usize) -> (Books, DbErr) {
    let books = Books::new("refused", PLACES).await;
    defer(&books, number).await;
    let db = books.open().await;
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    write(&transaction, &[number], 1).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    (books, error)
}

#[tokio::test]
async fn part_that_can_not_be_prepared_undoes_all() {
    let (books, error) = refused_by(2).await;
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
    assert!(!RoutingError::may_have_happened(&error));
    assert_eq!(books.show(1).await, [false; 3]);
    assert_eq!(books.prepared().await, 0);
}

#[tokio::test]
async fn first_part_that_can_not_commit_undoes_all() {
    let (books, error) = refused_by(0).await;
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
    assert_eq!(books.show(1).await, [false; 3]);
    assert_eq!(books.prepared().await, 0);
    assert_eq!(books.commitments().await, 0);
}

/// PostgreSQL answers PREPARE and COMMIT of a transaction that has failed as if they were done, and it is the other binds'
/// statements by which the application went on.
#[tokio::test]
async fn part_that_has_failed_keeps_all_from_committing() {
    for atomicity in [Atomicity::TwoPhase, Atomicity::InOrder] {
        for failed in [0, 2] {
            let books = Books::new("aborted", PLACES).await;
            let db = books.open().await;
            db.execute_unprepared(&insert(failed, 7)).await.unwrap();
            let transaction = db.begin_across(BINDS, atomicity).await.unwrap();
            write(&transaction, &[failed], 1).await.unwrap();
            let duplicate = write(&transaction, &[failed], 7).await.unwrap_err();
            assert!(duplicate.sql_err().is_some(), "{duplicate}");
            write(&transaction, &[1, 2 - failed], 1).await.unwrap();
            let error = transaction.commit().await.unwrap_err();
            assert!(
                !RoutingError::may_have_happened(&error),
                "{atomicity:?} {failed}: {error}"
            );
            assert_eq!(books.show(1).await, [false; 3], "{atomicity:?} {failed}");
            assert_eq!(books.prepared().await, 0);
            db.close().await.unwrap();
        }
    }
}
