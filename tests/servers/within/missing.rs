use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_routing::{
    RoutingDatabase,
    config::{BindConfig, Within},
};
use test_cluster::{MariaDb, Postgres, on_servers};
use tokio::time::timeout;

use super::estate::{ALL, Estate, Lodges, sign};
use crate::replicated::{SOON, sql};

/// A tenant whose place is not there gets the server's error, and keeps nobody from working.
async fn place_that_is_not_there_harms_nobody<S: Lodges>(within: Within) {
    let estate = Estate::<S>::new("missing").await;
    let db = &estate.open(2).await;
    db.add_bind(BindConfig::within("gone", within))
        .await
        .unwrap();
    let gone = db.bind("gone").unwrap();
    for _ in 0..4 {
        let read = gone.query_all_raw(sql(db, "SELECT tag FROM sign"));
        let error = timeout(SOON, read).await.unwrap().unwrap_err();
        assert!(!error.to_string().contains("timed out"), "{error}");
        let begun = timeout(SOON, async {
            let transaction = gone.begin().await?;
            transaction
                .query_all_raw(sql(db, "SELECT tag FROM sign"))
                .await
                .map(drop)
        });
        begun.await.unwrap().unwrap_err();
        for tenant in ALL {
            assert_eq!(sign(&db.bind(tenant).unwrap()).await, tenant);
        }
    }
    assert!(
        db.status()
            .nodes
            .iter()
            .all(|node| node.last_error.is_none()),
        "{}",
        db.status()
    );
    db.remove_bind("gone").await.unwrap();
    assert!(db.bind("gone").is_err());
    assert_eq!(sign(&db.bind("a").unwrap()).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_that_is_not_there_harms_nobody() {
    place_that_is_not_there_harms_nobody::<Postgres>(Within::schema("default", "gone")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_is_not_there_harms_nobody() {
    place_that_is_not_there_harms_nobody::<MariaDb>(Within::database("default", "gone")).await;
}

/// Binds come and go, and move to another place, while others work.
async fn binds_come_and_move<S: Lodges>() {
    let estate = Estate::<S>::new("moving").await;
    let db: &RoutingDatabase = &estate.open(1).await;
    let (a, b) = (
        estate.places[0].within.clone(),
        estate.places[1].within.clone(),
    );
    assert_eq!(sign(&db.bind("a").unwrap()).await, "a");
    db.remove_bind("b").await.unwrap();
    assert!(db.bind("b").is_err());
    let mut config = estate.config(1);
    config.binds.retain(|bind| bind.name == "default");
    config = config
        .bind(BindConfig::within("a", b))
        .bind(BindConfig::within("b", a));
    db.reload(config).await.unwrap();
    for _ in 0..3 {
        assert_eq!(sign(&db.bind("a").unwrap().master()).await, "b");
        assert_eq!(sign(&db.bind("b").unwrap().master()).await, "a");
        assert_eq!(sign(&db.bind("a").unwrap().master_connection()).await, "b");
    }
    let twice = estate.places[0].within.clone();
    let error = db
        .add_bind(BindConfig::within("c", twice))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the place of another bind"),
        "{error}"
    );
    // One that had no guests gets some.
    let mut config = estate.config(1);
    config.binds.truncate(1);
    db.reload(config).await.unwrap();
    assert!(db.bind("a").is_err());
    db.reload(estate.config(1)).await.unwrap();
    for tenant in ALL {
        assert_eq!(sign(&db.bind(tenant).unwrap().master()).await, tenant);
    }
}

on_servers!(binds_come_and_move: Postgres, MariaDb);
