use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    DbErr, DeriveIntoActiveModel, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder, SqlErr,
    TryInsertResult, TryIntoModel,
    prelude::Json,
    sea_query::OnConflict,
};
use serde_json::json;

use super::Blog;
use crate::{
    entities::{post, tag, user, visit},
    seed::{post_of, tag_named, user_named, visit_of},
};

const WRITE: &str = "default.master 1w";

/// Where the row is not in the answer, SeaORM reads it back from a node that has it.
const ROW: &str =
    "default.master 1w|default.master 1r, default.master 1w|default.master 1w, default.slave 1r";

#[derive(DeriveIntoActiveModel)]
#[sea_orm(active_model = "tag::ActiveModel")]
struct NewTag {
    name: String,
}

async fn insert_gives_the_row_with_its_key(blog: Blog) {
    let db = &blog.db;
    let post = blog.by(ROW, post_of(2, "six").insert(db)).await.unwrap();
    assert_eq!((post.id, post.title.as_str()), (6, "six"));
    assert_eq!(post.details, json!({ "words": 3 }));
    let found = post::Entity::find_by_id(6).one(db).await;
    assert_eq!(found.unwrap(), Some(post.clone()), "at once");
    blog.catch_up().await;
    let found = blog.by("default.slave 1r", post::Entity::find_by_id(6).one(db));
    assert_eq!(found.await.unwrap(), Some(post), "and on the slaves");
}

async fn insert_gives_the_key(blog: Blog) {
    let db = &blog.db;
    let one = tag::Entity::insert(tag_named("one"));
    assert_eq!(
        blog.by(WRITE, one.exec(db)).await.unwrap().last_insert_id,
        3
    );
    let two = tag::Entity::insert(tag_named("two"));
    let rows = blog.by(WRITE, two.exec_without_returning(db)).await;
    assert_eq!(rows.unwrap(), 1);
    let three = tag::Entity::insert(tag_named("three"));
    let tag = blog.by(ROW, three.exec_with_returning(db)).await.unwrap();
    assert_eq!((tag.id, tag.name.as_str()), (5, "three"));
    let visit = visit::Entity::insert(visit_of("new"));
    let visit = blog.by("metrics.master 1w", visit.exec(db)).await.unwrap();
    assert_eq!(visit.last_insert_id, 2);
}

async fn insert_many_writes_all_rows_in_one_statement(blog: Blog) {
    let db = &blog.db;
    let tags = || tag::Entity::insert_many(["a", "b", "c"].map(tag_named));
    let inserted = blog.by(WRITE, tags().exec(db)).await.unwrap();
    // MySQL tells the first of the keys that it has made, and SeaORM passes it on.
    let key = if blog.kind.has_returning() { 5 } else { 3 };
    assert_eq!(inserted.last_insert_id, Some(key));
    let rows = blog.by(WRITE, tags().exec_without_returning(db)).await;
    assert_eq!(rows.unwrap(), 3);
    if blog.kind.has_returning() {
        let models = blog.by(WRITE, tags().exec_with_returning(db)).await;
        let names: Vec<_> = models.unwrap().into_iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let keys = blog.by(WRITE, tags().exec_with_returning_keys(db)).await;
        assert_eq!(keys.unwrap(), [12, 13, 14]);
    } else {
        let error = blog
            .by("", tags().exec_with_returning(db))
            .await
            .unwrap_err();
        assert!(
            matches!(error, DbErr::BackendNotSupported { .. }),
            "{error}"
        );
    }
    let nothing = tag::Entity::insert_many::<tag::ActiveModel, _>([]);
    let nothing = blog.by("", nothing.exec(db)).await.unwrap();
    assert_eq!(nothing.last_insert_id, None);
}

async fn save_inserts_without_a_key_and_updates_with_one(blog: Blog) {
    let db = &blog.db;
    let mut saved = blog.by(ROW, user_named("Cy").save(db)).await.unwrap();
    assert_eq!(saved.id, Unchanged(3));
    saved.name = Set("Cyd".to_owned());
    let saved = blog.by(ROW, saved.save(db)).await.unwrap();
    assert_eq!(saved.try_into_model().unwrap().name, "Cyd");
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 3);
}

async fn upserts_update_or_do_nothing(blog: Blog) {
    let db = &blog.db;
    let with_key = |name: &str| tag::ActiveModel {
        id: Set(1),
        name: Set(name.to_owned()),
    };
    let update = OnConflict::column(tag::Column::Id)
        .update_column(tag::Column::Name)
        .to_owned();
    let upsert = tag::Entity::insert(with_key("crates")).on_conflict(update);
    blog.by(WRITE, upsert.exec(db)).await.unwrap();

    let ignore =
        tag::Entity::insert(with_key("ignored")).on_conflict_do_nothing_on([tag::Column::Id]);
    let ignored = blog.by(WRITE, ignore.exec(db)).await.unwrap();
    assert!(matches!(ignored, TryInsertResult::Conflicted));

    blog.catch_up().await;
    let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
    let tags = blog.by("default.slave 1r", tags.all(db)).await.unwrap();
    let names: Vec<_> = tags.into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["crates", "sql"]);
}

async fn driver_errors_keep_their_meaning(blog: Blog) {
    let db = &blog.db;
    let error = blog
        .by(WRITE, user_named("Ann").insert(db))
        .await
        .unwrap_err();
    let is_unique = matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)));
    assert!(is_unique, "{error}");
    let error = blog
        .by(WRITE, post_of(99, "lost").insert(db))
        .await
        .unwrap_err();
    let is_foreign = matches!(
        error.sql_err(),
        Some(SqlErr::ForeignKeyConstraintViolation(_))
    );
    assert!(is_foreign, "{error}");
}

async fn other_structs_and_json_become_rows(blog: Blog) {
    let db = &blog.db;
    let new = NewTag {
        name: "derived".to_owned(),
    };
    let tag = blog.by(ROW, new.into_active_model().insert(db)).await;
    assert_eq!(tag.unwrap().name, "derived");

    let json: Json = json!({ "id": 0, "page": "from json" });
    let mut visit = visit::ActiveModel::from_json(json).unwrap();
    visit.not_set(visit::Column::Id);
    let visit = blog.by("metrics.master 1w", visit::Entity::insert(visit).exec(db));
    assert_eq!(visit.await.unwrap().last_insert_id, 2);
}

on_every_server!(
    insert_gives_the_row_with_its_key,
    insert_gives_the_key,
    insert_many_writes_all_rows_in_one_statement,
    save_inserts_without_a_key_and_updates_with_one,
    upserts_update_or_do_nothing,
    driver_errors_keep_their_meaning,
    other_structs_and_json_become_rows,
);
