use sea_orm::{ColumnTrait, EntityLoaderTrait, EntityTrait, LoaderTrait, QueryFilter, QueryOrder};

use super::Blog;
use crate::entities::{post, profile, step, tag, user, visit};

const READ: &str = "default.slave 1r";

async fn loaders_read_related_models_of_many(blog: Blog) {
    let db = &blog.db;
    let users = user::Entity::find().order_by_asc(user::Column::Id);
    let users = users.all(db).await.unwrap();
    let profiles = blog
        .by(READ, users.load_one(profile::Entity, db))
        .await
        .unwrap();
    let pictures = profiles
        .iter()
        .map(|profile| profile.as_ref().map(|p| p.picture.as_str()));
    assert_eq!(pictures.collect::<Vec<_>>(), [Some("ann.png"), None]);

    let some = post::Entity::find().filter(post::Column::Title.starts_with("t"));
    let posts = blog.by(READ, users.load_many(some, db)).await.unwrap();
    let counts: Vec<_> = posts.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 0]);

    let visits = visit::Entity::find().all(db).await.unwrap();
    let steps = visits.load_many(step::Entity, db);
    let steps = blog.by("metrics.slave 1r", steps).await.unwrap();
    assert_eq!(steps[0].len(), 2);
}

async fn loaders_read_over_a_table_between(blog: Blog) {
    let db = &blog.db;
    let posts = post::Entity::find().order_by_asc(post::Column::Id);
    let posts = posts.all(db).await.unwrap();
    let tags = posts.load_many(tag::Entity, db);
    let tags = blog.by(READ, tags).await.unwrap();
    let counts: Vec<_> = tags.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 1, 0, 0, 0]);
}

async fn entity_loader_reads_a_tree(blog: Blog) {
    let db = &blog.db;
    let ann = user::Entity::load()
        .filter_by_id(1)
        .with(profile::Entity)
        .with((post::Entity, tag::Entity));
    let ann = blog
        .by("default.slave", ann.one(db))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ann.profile.unwrap().picture, "ann.png");
    let first = ann.posts.iter().find(|post| post.title == "one").unwrap();
    assert_eq!((ann.posts.len(), first.tags.len()), (3, 2));

    let visits = visit::Entity::load().with(step::Entity).all(db);
    let visits = blog.by("metrics.slave 2r", visits).await.unwrap();
    assert_eq!(visits[0].steps.len(), 2);
}

on_every_server!(
    loaders_read_related_models_of_many,
    loaders_read_over_a_table_between,
    entity_loader_reads_a_tree,
);
