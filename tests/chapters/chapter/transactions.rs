use sea_orm::{
    AccessMode, ActiveModelTrait, DbErr, EntityTrait, IsolationLevel, PaginatorTrait,
    TransactionError, TransactionTrait,
};

use super::Blog;
use crate::{
    entities::{tag, visit},
    seed::{tag_named, visit_of},
};

/// As each node sees them, when all have the same.
async fn tags(blog: &Blog) -> u64 {
    blog.catch_up().await;
    let count = tag::Entity::find().count(&blog.db);
    blog.by("default.slave 1r", count).await.unwrap()
}

async fn closure_commits_after_ok_and_rolls_back_after_err(blog: Blog) {
    let db = &blog.db;
    let work = db.transaction::<_, _, DbErr>(|transaction| {
        Box::pin(async move {
            tag_named("kept").insert(transaction).await?;
            tag::Entity::find().count(transaction).await
        })
    });
    assert_eq!(blog.by("default.master", work).await.unwrap(), 3);
    let work = db.transaction::<_, (), DbErr>(|transaction| {
        Box::pin(async move {
            tag_named("undone").insert(transaction).await?;
            Err(DbErr::Custom("no".to_owned()))
        })
    });
    let error = blog.by("default.master", work).await.unwrap_err();
    assert!(matches!(
        error,
        TransactionError::Transaction(DbErr::Custom(_))
    ));
    assert_eq!(tags(&blog).await, 3);
}

async fn async_closure_commits_after_ok(blog: Blog) {
    let db = &blog.db;
    let work = db.transaction_async::<_, _, DbErr>(async |transaction| {
        let visit = visit_of("new").insert(transaction).await?;
        visit::Entity::find_by_id(visit.id).one(transaction).await
    });
    let visit = blog.by("metrics.master", work).await.unwrap();
    assert_eq!(visit.unwrap().page, "new");
    blog.catch_up().await;
    let count = blog.by("metrics.slave 1r", visit::Entity::find().count(db));
    assert_eq!(count.await.unwrap(), 2);
}

async fn begun_transaction_ends_as_it_is_told(blog: Blog) {
    let db = &blog.db;
    let work = async {
        let transaction = db.begin().await?;
        tag_named("kept").insert(&transaction).await?;
        transaction.commit().await?;
        let transaction = db.begin().await?;
        tag_named("undone").insert(&transaction).await?;
        transaction.rollback().await?;
        let transaction = db.begin().await?;
        tag_named("dropped").insert(&transaction).await?;
        drop(transaction);
        Ok::<_, DbErr>(())
    };
    blog.by("default.master", work).await.unwrap();
    assert_eq!(tags(&blog).await, 3);
}

async fn nested_transaction_is_a_savepoint(blog: Blog) {
    let db = &blog.db;
    let work = async {
        let outer = db.begin().await?;
        tag_named("outer").insert(&outer).await?;
        let inner = outer.begin().await?;
        tag_named("undone").insert(&inner).await?;
        inner.rollback().await?;
        let inner = outer.begin().await?;
        tag_named("inner").insert(&inner).await?;
        let innermost = inner.begin().await?;
        tag_named("innermost").insert(&innermost).await?;
        innermost.commit().await?;
        inner.commit().await?;
        outer.commit().await
    };
    blog.by("default.master", work).await.unwrap();
    assert_eq!(tags(&blog).await, 5);
}

async fn isolation_level_and_access_mode_are_the_servers(blog: Blog) {
    let db = &blog.db;
    let level = Some(IsolationLevel::RepeatableRead);
    let work = async {
        let transaction = db
            .begin_with_config(level, Some(AccessMode::ReadWrite))
            .await?;
        tag_named("new").insert(&transaction).await?;
        let count = tag::Entity::find().count(&transaction).await?;
        transaction.commit().await?;
        Ok::<_, DbErr>(count)
    };
    assert_eq!(blog.by("default.master", work).await.unwrap(), 3);
    blog.catch_up().await;
    let work = async {
        let transaction = db
            .begin_with_config(level, Some(AccessMode::ReadOnly))
            .await?;
        let first = tag::Entity::find().count(&transaction).await?;
        let second = tag::Entity::find().count(&transaction).await?;
        transaction.commit().await?;
        Ok::<_, DbErr>((first, second))
    };
    let counts = blog.by("default.slave 2r", work).await.unwrap();
    assert_eq!(counts, (3, 3));
}

async fn transaction_goes_to_a_spawned_task(blog: Blog) {
    let transaction = blog.db.begin().await.unwrap();
    let work = async move {
        tag_named("spawned").insert(&transaction).await?;
        transaction.commit().await
    };
    let result = blog.by("default.master", async { tokio::spawn(work).await });
    let result = result.await.unwrap();
    result.unwrap();
    assert_eq!(tags(&blog).await, 3);
}

on_every_server!(
    closure_commits_after_ok_and_rolls_back_after_err,
    async_closure_commits_after_ok,
    begun_transaction_ends_as_it_is_told,
    nested_transaction_is_a_savepoint,
    isolation_level_and_access_mode_are_the_servers,
    transaction_goes_to_a_spawned_task,
);
