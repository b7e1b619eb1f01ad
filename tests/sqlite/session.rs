//! Sessions of two databases in one process.

use std::time::Duration;

use entity::bakery;
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait};
use sea_orm_routing::RoutingDatabase;

use crate::{
    bakery::{Bakery, bakery_named},
    support::served,
};

const HOUR: Duration = Duration::from_secs(3600);

async fn write(db: &RoutingDatabase) {
    bakery_named("new").insert(db).await.unwrap();
}

/// Whether the master serves a read.
async fn is_careful(db: &RoutingDatabase) -> bool {
    let (_, by) = served(db, bakery::Entity::find().count(db)).await;
    by == "default.master 1r"
}

#[tokio::test]
async fn a_scope_of_one_database_hides_nothing_of_another() {
    let (one, other) = (Bakery::lagging(HOUR).await, Bakery::lagging(HOUR).await);
    let (one, other) = (&one.db, &other.db);
    assert!(!is_careful(one).await && !is_careful(other).await);
    one.scope(async {
        write(one).await;
        write(other).await;
        assert!(is_careful(one).await && is_careful(other).await);
    })
    .await;
    assert!(is_careful(one).await && is_careful(other).await);
    one.session()
        .scope(async { assert!(is_careful(other).await) })
        .await;
}

#[tokio::test]
async fn sessions_of_two_databases_are_worked_in_at_once() {
    let (one, other) = (Bakery::lagging(HOUR).await, Bakery::lagging(HOUR).await);
    let (one, other) = (&one.db, &other.db);
    let (first, second) = (one.session(), other.session());
    let tokens = tokio::spawn(async move {
        write(&first).await;
        write(&second).await;
        (first.token().await, second.token().await)
    });
    let tokens = tokens.await.unwrap();
    assert!(!is_careful(one).await && !is_careful(other).await);
    let (first, second) = (one.session_from(&tokens.0), other.session_from(&tokens.1));
    let both = async { (is_careful(one).await, is_careful(other).await) };
    assert_eq!(first.scope(second.scope(both)).await, (true, true));
}
