use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use super::Blog;
use crate::entities::{post, profile, step, user};

const WRITE: &str = "default.master 1w";

/// Where the row is not in the answer, SeaORM reads it back from a node that has it.
const ROW: &str =
    "default.master 1w|default.master 1r, default.master 1w|default.master 1w, default.slave 1r";

async fn update_changes_what_was_set_and_gives_the_row(blog: Blog) {
    let db = &blog.db;
    let post = post::Entity::find_by_id(4).one(db).await.unwrap().unwrap();
    let mut post = post.into_active_model();
    post.state = Set(post::State::Draft);
    let post = blog.by(ROW, post.update(db)).await.unwrap();
    assert_eq!(
        (post.title.as_str(), post.state),
        ("four", post::State::Draft)
    );
    blog.catch_up().await;
    let found = blog.by("default.slave 1r", post::Entity::find_by_id(4).one(db));
    assert_eq!(found.await.unwrap(), Some(post));
}

async fn update_of_a_missing_row_is_an_error(blog: Blog) {
    let db = &blog.db;
    let missing = user::ActiveModel {
        id: Set(99),
        name: Set("Nobody".to_owned()),
        ..Default::default()
    };
    let error = blog.by(ROW, missing.update(db)).await.unwrap_err();
    assert!(matches!(error, DbErr::RecordNotUpdated), "{error}");
}

async fn update_many_counts_the_rows(blog: Blog) {
    let db = &blog.db;
    let update = post::Entity::update_many()
        .col_expr(post::Column::UserId, Expr::col(post::Column::UserId).add(1))
        .filter(post::Column::UserId.eq(1));
    let updated = blog.by(WRITE, update.exec(db)).await.unwrap();
    assert_eq!(updated.rows_affected, 3);

    let update = step::Entity::update_many()
        .set(step::ActiveModel {
            text: Set("later".to_owned()),
            ..Default::default()
        })
        .filter(step::Column::Text.eq("out"));
    if blog.kind.has_returning() {
        let steps = blog.by("metrics.master 1w", update.exec_with_returning(db));
        assert_eq!(steps.await.unwrap()[0].text, "later");
    } else {
        let updated = blog.by("metrics.master 1w", update.exec(db)).await;
        assert_eq!(updated.unwrap().rows_affected, 1);
    }
    blog.catch_up().await;
    let posts = post::Entity::find().filter(post::Column::UserId.eq(2));
    let posts = blog.by("default.slave 1r", posts.count(db)).await;
    assert_eq!(posts.unwrap(), 5);
}

async fn delete_removes_a_model_and_many_rows(blog: Blog) {
    let db = &blog.db;
    let picture = profile::Entity::find().one(db).await.unwrap().unwrap();
    let deleted = blog.by(WRITE, picture.delete(db)).await.unwrap();
    assert_eq!(deleted.rows_affected, 1);
    let deleted = blog.by(WRITE, post::Entity::delete_by_id(5).exec(db)).await;
    assert_eq!(deleted.unwrap().rows_affected, 1);
    let post = post::ActiveModel {
        id: Set(4),
        ..Default::default()
    };
    let deleted = blog.by(WRITE, post.delete(db)).await.unwrap();
    assert_eq!(deleted.rows_affected, 1);
    let bob = user::Entity::delete_many().filter(user::COLUMN.name.eq("Bob"));
    assert_eq!(blog.by(WRITE, bob.exec(db)).await.unwrap().rows_affected, 1);

    blog.catch_up().await;
    let posts = post::Entity::find().order_by_asc(post::Column::Id);
    let posts = blog.by("default.slave 1r", posts.all(db)).await.unwrap();
    let titles: Vec<_> = posts.into_iter().map(|post| post.title).collect();
    assert_eq!(titles, ["one", "two", "three"]);
    let users = blog.by("default.slave 1r", user::Entity::find().count(db));
    assert_eq!(users.await.unwrap(), 1);
}

async fn delete_gives_the_rows_where_the_server_does(blog: Blog) {
    let db = &blog.db;
    let delete = || step::Entity::delete_many().filter(step::Column::Text.eq("in"));
    if blog.kind.has_returning() {
        let steps = blog.by("metrics.master 1w", delete().exec_with_returning(db));
        assert_eq!(steps.await.unwrap()[0].text, "in");
    } else {
        let error = blog
            .by("", delete().exec_with_returning(db))
            .await
            .unwrap_err();
        assert!(
            matches!(error, DbErr::BackendNotSupported { .. }),
            "{error}"
        );
    }
}

on_every_server!(
    update_changes_what_was_set_and_gives_the_row,
    update_of_a_missing_row_is_an_error,
    update_many_counts_the_rows,
    delete_removes_a_model_and_many_rows,
    delete_gives_the_rows_where_the_server_does,
);
