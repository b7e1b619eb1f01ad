use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ModelTrait, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SelectExt,
    prelude::Json,
    sea_query::{Expr, ExprTrait, NullOrdering},
};

use super::Blog;
use crate::entities::{post, step, tag, user, visit};

const READ: &str = "default.slave 1r";

async fn models_are_found_by_key_filter_and_order(blog: Blog) {
    let db = &blog.db;
    let found = blog.by(READ, user::Entity::find_by_id(2).one(db)).await;
    assert_eq!(found.unwrap().unwrap().name, "Bob");
    let missing = blog.by(READ, user::Entity::find_by_id(3).one(db)).await;
    assert_eq!(missing.unwrap(), None);

    let posts = post::Entity::find()
        .filter(post::COLUMN.title.contains("o"))
        .order_by_desc(post::Column::Title);
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    let titles: Vec<_> = posts.iter().map(|post| post.title.as_str()).collect();
    assert_eq!(titles, ["two", "one", "four"]);
    assert_eq!(posts[0].state, post::State::Public);
    assert_eq!(posts[0].details["words"], 3);

    let steps = step::Entity::find().order_by_asc(step::Column::Text);
    let steps = blog.by("metrics.slave 1r", steps.all(db)).await.unwrap();
    assert_eq!((steps[0].text.as_str(), steps.len()), ("in", 2));
}

async fn conditions_limits_and_orders_are_the_servers(blog: Blog) {
    let db = &blog.db;
    let either = Condition::any()
        .add(post::Column::Title.starts_with("t"))
        .add(post::Column::UserId.eq(2));
    let posts = post::Entity::find()
        .filter(either)
        .filter(post::Column::State.eq(post::State::Public))
        .order_by_with_nulls(post::Column::Id, Order::Asc, NullOrdering::Last)
        .offset(1)
        .limit(2);
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    let titles: Vec<_> = posts.into_iter().map(|post| post.title).collect();
    assert_eq!(titles, ["three", "four"]);
}

async fn columns_tuples_and_aggregates_are_selected(blog: Blog) {
    let db = &blog.db;
    let counts = post::Entity::find()
        .select_only()
        .column(post::Column::UserId)
        .column_as(post::Column::Id.count(), "number")
        .group_by(post::Column::UserId)
        .having(Expr::expr(post::Column::Id.count()).gt(1))
        .order_by_asc(post::Column::UserId)
        .into_tuple::<(i32, i64)>();
    let counts = blog.by(READ, counts.all(db)).await.unwrap();
    assert_eq!(counts, [(1, 3), (2, 2)]);

    let names = user::Entity::find()
        .select_only()
        .column(user::Column::Name)
        .distinct()
        .into_tuple::<String>();
    let mut names = blog.by(READ, names.all(db)).await.unwrap();
    names.sort();
    assert_eq!(names, ["Ann", "Bob"]);
}

async fn counts_and_existence_are_asked_of_slaves(blog: Blog) {
    let db = &blog.db;
    let count = blog.by(READ, post::Entity::find().count(db)).await;
    assert_eq!(count.unwrap(), 5);
    let none = post::Entity::find().filter(post::Column::Title.eq("six"));
    assert!(!blog.by(READ, none.exists(db)).await.unwrap());
    let visits = blog.by("metrics.slave 1r", visit::Entity::find().exists(db));
    assert!(visits.await.unwrap());
}

async fn rows_become_json(blog: Blog) {
    let db = &blog.db;
    let tags = tag::Entity::find()
        .order_by_asc(tag::Column::Id)
        .into_json();
    let tags: Vec<Json> = blog.by(READ, tags.all(db)).await.unwrap();
    assert_eq!(tags[1], serde_json::json!({ "id": 2, "name": "sql" }));
}

async fn model_finds_what_is_related(blog: Blog) {
    let db = &blog.db;
    let ann = user::Entity::find_by_id(1).one(db).await.unwrap().unwrap();
    let posts = ann
        .find_related(post::Entity)
        .order_by_asc(post::Column::Id);
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    assert_eq!(posts.len(), 3);
    let tags = posts[0]
        .find_related(tag::Entity)
        .order_by_asc(tag::Column::Id);
    let tags = blog.by(READ, tags.all(db)).await.unwrap();
    let names: Vec<_> = tags.into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["rust", "sql"]);
}

on_every_server!(
    models_are_found_by_key_filter_and_order,
    conditions_limits_and_orders_are_the_servers,
    columns_tuples_and_aggregates_are_selected,
    counts_and_existence_are_asked_of_slaves,
    rows_become_json,
    model_finds_what_is_related,
);
