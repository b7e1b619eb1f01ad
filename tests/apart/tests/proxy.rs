//! SeaORM's `proxy` as a node.

use apart::{Kitchen, cake};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, TransactionTrait};
use tokio_stream::StreamExt;

fn cake_named(name: &str) -> cake::ActiveModel {
    cake::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

#[tokio::test]
async fn proxies_are_nodes() {
    let kitchen = Kitchen::new().await;
    let db = &kitchen.db;
    let cakes = cake::Entity::find().all(db).await.unwrap();
    assert_eq!(cakes[0].name, "slave-1");
    assert_eq!(kitchen.log(), ["slave-1: SELECT"]);
    let cake = cake_named("new").insert(db).await.unwrap();
    assert_eq!(cake.name, "master");
    let deleted = cake::Entity::delete_many().exec(db).await.unwrap();
    assert_eq!(deleted.rows_affected, 1);
    let written = kitchen.log();
    assert!(
        written.iter().all(|line| line.starts_with("master: ")),
        "{written:?}"
    );
    let mut stream = cake::Entity::find().stream(db).await.unwrap();
    let error = stream.next().await.unwrap().unwrap_err();
    let is_seaorms = matches!(error, DbErr::BackendNotSupported { db: "Proxy", .. });
    assert!(is_seaorms, "{error}");
}

#[tokio::test]
async fn transaction_of_a_proxy_is_its_masters() {
    let kitchen = Kitchen::new().await;
    let transaction = kitchen.db.begin().await.unwrap();
    let cake = cake::Entity::find().one(&transaction).await.unwrap();
    assert_eq!(cake.unwrap().name, "master");
    transaction.commit().await.unwrap();
    assert_eq!(
        kitchen.log(),
        ["master: BEGIN", "master: SELECT", "master: COMMIT"]
    );
}
