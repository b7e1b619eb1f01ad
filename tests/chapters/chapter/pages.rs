use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_stream::StreamExt;

use super::Blog;
use crate::entities::{post, step, user};

const READ: &str = "default.slave 1r";

fn titles(posts: &[post::Model]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

async fn paginator_counts_and_fetches_page_by_page(blog: Blog) {
    let db = &blog.db;
    let posts = post::Entity::find().order_by_asc(post::Column::Id);
    let mut pages = posts.paginate(db, 2);
    let number = blog.by(READ, pages.num_items_and_pages()).await.unwrap();
    assert_eq!((number.number_of_items, number.number_of_pages), (5, 3));
    let page = blog.by(READ, pages.fetch_page(1)).await.unwrap();
    assert_eq!(titles(&page), ["three", "four"]);
    let mut seen = Vec::new();
    while let Some(page) = blog.by(READ, pages.fetch_and_next()).await.unwrap() {
        seen.push(page.len());
    }
    assert_eq!(seen, [2, 2, 1]);
}

async fn paginator_is_a_stream_of_pages(blog: Blog) {
    let db = &blog.db;
    let steps = step::Entity::find().order_by_asc(step::Column::Id);
    let pages = steps
        .paginate(db, 1)
        .into_stream()
        .collect::<Result<Vec<_>, _>>();
    let pages = blog.by("metrics.slave 3r", pages).await.unwrap();
    let texts: Vec<_> = pages
        .iter()
        .flatten()
        .map(|step| step.text.as_str())
        .collect();
    assert_eq!(texts, ["in", "out"]);
}

async fn paginator_counts_groups(blog: Blog) {
    let db = &blog.db;
    let users = post::Entity::find()
        .select_only()
        .column(post::Column::UserId)
        .group_by(post::Column::UserId)
        .into_tuple::<i32>();
    let pages = users.paginate(db, 1);
    assert_eq!(blog.by(READ, pages.num_pages()).await.unwrap(), 2);
}

async fn cursor_reads_forth_and_back(blog: Blog) {
    let db = &blog.db;
    let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
    let posts = blog
        .by(READ, cursor.after(1).first(2).all(db))
        .await
        .unwrap();
    assert_eq!(titles(&posts), ["two", "three"]);
    let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
    let posts = blog
        .by(READ, cursor.before(5).last(2).all(db))
        .await
        .unwrap();
    assert_eq!(titles(&posts), ["three", "four"]);
    let mut cursor = post::Entity::find().cursor_by((post::Column::UserId, post::Column::Id));
    let posts = cursor.after((1, 2)).desc().first(9).all(db);
    let posts = blog.by(READ, posts).await.unwrap();
    assert_eq!(titles(&posts), ["one"]);
}

async fn cursor_reads_joined_models(blog: Blog) {
    let db = &blog.db;
    let mut cursor = post::Entity::find()
        .find_also_related(user::Entity)
        .filter(post::Column::Id.gt(2))
        .cursor_by(post::Column::Id);
    let pairs = blog.by(READ, cursor.first(2).all(db)).await.unwrap();
    let names = pairs
        .iter()
        .map(|(_, user)| user.as_ref().unwrap().name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["Ann", "Bob"]);
}

on_every_server!(
    paginator_counts_and_fetches_page_by_page,
    paginator_is_a_stream_of_pages,
    paginator_counts_groups,
    cursor_reads_forth_and_back,
    cursor_reads_joined_models,
);
