use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::Blog;
use crate::shelf::{first, later};

async fn registry_creates_and_adds_what_is_missing(blog: Blog) {
    let db = &blog.db;
    let schema = || db.get_schema_registry("chapters::shelf::first::*");
    schema().sync(db).await.unwrap();
    schema().sync(db).await.unwrap();
    let book = first::book::ActiveModel {
        title: Set("Dune".to_owned()),
        ..Default::default()
    };
    let book = book.insert(db).await.unwrap();
    let loan = first::loan::ActiveModel {
        book_id: Set(book.id),
        ..Default::default()
    };
    blog.by("metrics.master", first::loan::Entity::insert(loan).exec(db))
        .await
        .unwrap();

    let schema = db.get_schema_builder().register(later::book::Entity);
    schema.sync(db).await.unwrap();
    blog.catch_up().await;
    let books = later::book::Entity::find().all(db);
    let books = blog.by("default.slave 1r", books).await.unwrap();
    let expected = later::book::Model {
        id: book.id,
        title: "Dune".to_owned(),
        pages: None,
    };
    assert_eq!(books, [expected]);
    let loans = blog.by("metrics.slave 1r", first::loan::Entity::find().all(db));
    assert_eq!(loans.await.unwrap().len(), 1);
}

async fn builder_creates_the_tables_that_are_registered(blog: Blog) {
    let db = &blog.db;
    let schema = || db.get_schema_builder().register(first::book::Entity);
    schema().apply(db).await.unwrap();
    let error = schema().apply(db).await.unwrap_err();
    assert!(error.to_string().contains("exists"), "{error}");
    blog.catch_up().await;
    let books = blog.by("default.slave 1r", first::book::Entity::find().all(db));
    assert!(books.await.unwrap().is_empty());
}

on_every_server!(
    registry_creates_and_adds_what_is_missing,
    builder_creates_the_tables_that_are_registered,
);
