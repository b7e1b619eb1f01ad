use sea_orm::{ConnectionTrait, DbErr, SqlErr};
use sea_orm_routing::{Atomicity, RoutingError};

use crate::books::{BINDS, Books, Place, write};

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
