//! SeaORM's `DatabaseExecutor`, which migrations take, over our transactions.

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseExecutor, EntityTrait,
    IntoDatabaseExecutor, PaginatorTrait, TransactionTrait,
};

use crate::bakery::Bakery;

async fn add<'c>(executor: impl IntoDatabaseExecutor<'c>) -> Result<u64, sea_orm::DbErr> {
    let executor = executor.into_database_executor();
    let added = executor
        .execute_unprepared("INSERT INTO report (title) VALUES ('x')")
        .await?;
    Ok(added.rows_affected())
}

async fn reports(db: &sea_orm_routing::RoutingDatabase) -> u64 {
    report::Entity::find().count(&db.master()).await.unwrap()
}

#[tokio::test]
async fn executor_of_a_transaction_is_a_part_of_it() {
    let Bakery { db, .. } = &Bakery::new().await;
    for end in [false, true] {
        let transaction = db.bind("reports").unwrap().begin().await.unwrap();
        assert_eq!(add(&transaction).await, Ok(1));
        assert_eq!(add(DatabaseExecutor::from(&transaction)).await, Ok(1));
        assert_eq!(report::Entity::find().count(&transaction).await, Ok(3));
        match end {
            true => transaction.commit().await.unwrap(),
            false => transaction.rollback().await.unwrap(),
        }
    }
    assert_eq!(reports(db).await, 3);
}

#[tokio::test]
async fn transaction_that_an_executor_owns_ends_with_it() {
    let Bakery { db, .. } = &Bakery::new().await;
    let transaction = db.bind("reports").unwrap().begin().await.unwrap();
    assert_eq!(add(transaction).await, Ok(1));
    assert_eq!(reports(db).await, 1, "dropped, it rolls back");

    let transaction = db.bind("reports").unwrap().begin().await.unwrap();
    let DatabaseExecutor::OwnedTransaction(owned) = transaction.into_database_executor() else {
        panic!("it has begun");
    };
    assert_eq!(add(&owned).await, Ok(1));
    owned.commit().await.unwrap();
    assert_eq!(reports(db).await, 2);
}

#[tokio::test]
async fn executor_of_a_transaction_whose_bind_is_open_has_no_connection() {
    let Bakery { db, .. } = &Bakery::new().await;
    let transaction = db.begin().await.unwrap();
    let error = add(&transaction).await.unwrap_err();
    assert!(error.to_string().contains("Connection closed"), "{error}");
    // It tells its backend, which a connection that is none does not.
    let executor = DatabaseExecutor::from(&transaction);
    let error = bakery::Entity::find().count(&executor).await.unwrap_err();
    assert!(error.to_string().contains("Connection closed"), "{error}");

    let bakery = bakery::ActiveModel {
        name: Set("first".to_owned()),
        ..Default::default()
    };
    bakery.insert(&transaction).await.unwrap();
    let executor = DatabaseExecutor::from(&transaction);
    let bakeries = bakery::Entity::find().count(&executor).await.unwrap();
    assert_eq!(bakeries, 2);
}
