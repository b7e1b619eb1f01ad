//! A server or another process comes between the two phases of a transaction: what its commit says, and what becomes of it.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where a fixture or a statement fails"
)]

#[path = "../distributed/books.rs"]
mod books;

mod step;

use std::sync::Arc;

use books::{BINDS, Books, Place, SOON, write};
use sea_orm::{DbErr, SqlErr};
use sea_orm_routing::{Atomicity, RoutingDatabase, RoutingError};
use step::before;
use test_cluster::{Cluster, MariaDb, Network, Postgres, until};

const POSTGRES_DECIDES: [Place; 3] = [Place::Postgres, Place::MariaDb, Place::MariaDb];
const MARIADB_DECIDES: [Place; 3] = [Place::MariaDb, Place::Postgres, Place::Postgres];

async fn commit(db: &RoutingDatabase) -> Result<(), DbErr> {
    let transaction = db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap();
    write(&transaction, &[0, 1, 2], 1).await.unwrap();
    transaction.commit().await
}

async fn recover(books: &Books, db: &RoutingDatabase) {
    until("nothing is left prepared", SOON, || async {
        let recovery = db.recover_prepared().await;
        let is_done = recovery.is_complete() && books.prepared().await == 0;
        Ok(is_done.then_some(()))
    })
    .await
    .unwrap();
}

/// Whoever only looks is told what recovery would do, and finds the same again.
async fn ahead_of_recovery_nothing_is_changed(books: &Books, db: &RoutingDatabase) {
    let before = books.prepared().await;
    assert!(before > 0, "something is left to end");
    let ahead = until("every bind answers", SOON, || async {
        let ahead = db.recovery_ahead().await;
        Ok(ahead.is_complete().then_some(ahead))
    })
    .await
    .unwrap();
    assert_eq!(
        (ahead.committed.len(), ahead.rolled_back.len() as u64),
        (0, before as u64)
    );
    assert_eq!(books.prepared().await, before);
}

async fn set_network(place: Place, network: Network) {
    match place {
        Place::Postgres => {
            let cluster = Cluster::<Postgres>::shared().await.unwrap();
            cluster.master().set_network(network).await;
        }
        _ => {
            let cluster = Cluster::<MariaDb>::shared().await.unwrap();
            cluster.master().set_network(network).await;
        }
    }
}

/// The first bind commits, its answer is lost, and it can be asked again.
async fn commit_whose_answer_is_lost_is_found_out(places: [Place; 3]) {
    let _turn = step::turn().await;
    let books = Arc::new(Books::proxied("found_out", places, &[0]).await);
    let db = books.open().await;
    let shown = books.clone();
    before("COMMIT", "default", async move {
        set_network(places[0], Network::Mute).await;
        tokio::spawn(async move {
            until("the commit", SOON, || async {
                Ok(shown.show(1).await[0].then_some(()))
            })
            .await
            .unwrap();
            set_network(places[0], Network::Refuse).await;
            set_network(places[0], Network::Forward).await;
        });
    });
    commit(&db).await.unwrap();
    assert_eq!(books.show(1).await, [true; 3]);
    assert_eq!(books.prepared().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_whose_answer_is_lost_is_found_out_on_postgres() {
    commit_whose_answer_is_lost_is_found_out(POSTGRES_DECIDES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_whose_answer_is_lost_is_found_out_on_mariadb() {
    commit_whose_answer_is_lost_is_found_out(MARIADB_DECIDES).await;
}

/// The first bind is gone before its COMMIT arrives, or after: nobody can know.
async fn commit_that_nobody_can_know_is_undecided(places: [Place; 3]) {
    let _turn = step::turn().await;
    let books = Books::proxied("undecided", places, &[0]).await;
    let db = books.open().await;
    before("COMMIT", "default", async move {
        set_network(places[0], Network::Refuse).await;
    });
    let error = commit(&db).await.unwrap_err();
    let Some(RoutingError::Undecided { bind, .. }) = RoutingError::of(&error) else {
        panic!("{error}");
    };
    assert_eq!(bind, "default");
    assert!(RoutingError::may_have_happened(&error));

    // Others on the same servers leave it alone.
    let others = Books::new("others", [Place::Sqlite, places[1], places[2]]).await;
    let theirs = others.open().await.recover_prepared().await;
    assert_eq!((theirs.committed, theirs.rolled_back), (vec![], vec![]));
    set_network(places[0], Network::Forward).await;
    ahead_of_recovery_nothing_is_changed(&books, &db).await;
    recover(&books, &db).await;
    assert_eq!(books.show(1).await, [false; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_nobody_can_know_is_undecided_on_postgres() {
    commit_that_nobody_can_know_is_undecided(POSTGRES_DECIDES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_nobody_can_know_is_undecided_on_mariadb() {
    commit_that_nobody_can_know_is_undecided(MARIADB_DECIDES).await;
}

/// A bind is gone before its second phase: the transaction is committed all the same.
async fn bind_that_is_gone_shows_it_when_recovered(places: [Place; 3], second_phase: &'static str) {
    let _turn = step::turn().await;
    let books = Books::proxied("unfinished", places, &[1]).await;
    let db = books.open().await;
    before(second_phase, "second", async move {
        set_network(places[1], Network::Refuse).await;
    });
    let error = commit(&db).await.unwrap_err();
    set_network(places[1], Network::Forward).await;
    let Some(RoutingError::Unfinished { binds, .. }) = RoutingError::of(&error) else {
        panic!("{error}");
    };
    assert_eq!(binds, &["second"]);
    assert_eq!(books.show(1).await, [true, false, true]);
    assert_eq!(
        books.commitments().await,
        1,
        "it is remembered until all have it"
    );
    let ahead = until("every bind answers", SOON, || async {
        let ahead = db.recovery_ahead().await;
        Ok(ahead.is_complete().then_some(ahead))
    });
    let ahead = ahead.await.unwrap();
    assert_eq!((ahead.committed.len(), ahead.rolled_back.len()), (1, 0));
    assert_eq!(books.show(1).await, [true, false, true], "nothing was done");
    recover(&books, &db).await;
    assert_eq!(books.show(1).await, [true; 3]);
    assert_eq!(books.commitments().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bind_that_is_gone_shows_it_when_recovered_on_postgres() {
    bind_that_is_gone_shows_it_when_recovered(MARIADB_DECIDES, "COMMIT PREPARED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bind_that_is_gone_shows_it_when_recovered_on_mariadb() {
    bind_that_is_gone_shows_it_when_recovered(POSTGRES_DECIDES, "XA COMMIT").await;
}

/// Another process recovers while this one is between its phases.
async fn recovery_between_the_phases_aborts(places: [Place; 3]) {
    let _turn = step::turn().await;
    let books = Books::new("overtaken", places).await;
    let db = books.open().await;
    let other = books.open().await;
    before(
        "INSERT INTO sea_orm_routing_decision",
        "default",
        async move {
            let recovery = other.recover_prepared().await;
            assert_eq!(recovery.committed, []);
        },
    );
    let error = commit(&db).await.unwrap_err();
    let Some(RoutingError::NotCommitted { source, .. }) = RoutingError::of(&error) else {
        panic!("{error}");
    };
    let is_duplicate = matches!(source.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)));
    assert!(is_duplicate, "{source}");
    assert!(!RoutingError::may_have_happened(&error));
    recover(&books, &db).await;
    assert_eq!(books.show(1).await, [false; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_between_the_phases_aborts_on_postgres() {
    recovery_between_the_phases_aborts(POSTGRES_DECIDES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_between_the_phases_aborts_on_mariadb() {
    recovery_between_the_phases_aborts(MARIADB_DECIDES).await;
}
