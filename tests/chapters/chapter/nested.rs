use sea_orm::{
    ActiveValue::{Set, Unchanged},
    EntityLoaderTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
};
use serde_json::json;

use super::Blog;
use crate::entities::{post, post_tag, profile, step, tag, user, visit};

fn new_post(title: &str) -> post::ActiveModelEx {
    post::ActiveModel::builder()
        .set_title(title)
        .set_state(post::State::Draft)
        .set_details(json!({}))
}

async fn tree_is_saved_in_one_transaction_and_read_by_a_slave(blog: Blog) {
    let db = &blog.db;
    let cy = user::ActiveModel::builder()
        .set_name("Cy")
        .set_email("cy@example.org")
        .set_profile(profile::ActiveModel::builder().set_picture("cy.png"))
        .add_post(new_post("six").add_tag(tag::ActiveModel::builder().set_name("nested")));
    let saved = blog.by("default.master", cy.save(db)).await.unwrap();
    assert_eq!(saved.id, Unchanged(3));
    blog.catch_up().await;
    let cy = user::Entity::load()
        .filter_by_id(3)
        .with(profile::Entity)
        .with((post::Entity, tag::Entity));
    let cy = blog.by("default.slave", cy.one(db)).await.unwrap().unwrap();
    assert_eq!(cy.profile.unwrap().picture, "cy.png");
    assert_eq!(cy.posts[0].tags[0].name, "nested");
}

async fn changed_parts_of_a_tree_are_saved(blog: Blog) {
    let db = &blog.db;
    let visit = visit::Entity::load().with(step::Entity).one(db).await;
    let mut visit = visit.unwrap().unwrap().into_active_model();
    visit.page = Set("start".to_owned());
    visit.steps[0].text = Set("entered".to_owned());
    let visit = visit.add_step(step::ActiveModel::builder().set_text("back"));
    blog.by("metrics.master", visit.save(db)).await.unwrap();
    blog.catch_up().await;
    let visit = visit::Entity::load().with(step::Entity).one(db);
    let visit = blog.by("metrics.slave 2r", visit).await.unwrap().unwrap();
    let mut texts: Vec<_> = visit.steps.iter().map(|step| step.text.as_str()).collect();
    texts.sort();
    assert_eq!(
        (visit.page.as_str(), texts),
        ("start", vec!["back", "entered", "out"])
    );
}

async fn tree_is_deleted_from_the_leaves(blog: Blog) {
    let db = &blog.db;
    let ann = user::Entity::find_by_id(1).one(db).await.unwrap().unwrap();
    blog.by("default.master", ann.cascade_delete(db))
        .await
        .unwrap();
    let visit = visit::Entity::find().one(db).await.unwrap().unwrap();
    let deleted = blog.by("metrics.master", visit.cascade_delete(db)).await;
    assert_eq!(deleted.unwrap().rows_affected, 3);

    blog.catch_up().await;
    let count = async || {
        let posts = post::Entity::find().count(db).await.unwrap();
        (posts, post_tag::Entity::find().count(db).await.unwrap())
    };
    assert_eq!(blog.by("default.slave 2r", count()).await, (2, 0));
    let steps = blog.by("metrics.slave 1r", step::Entity::find().count(db));
    assert_eq!(steps.await.unwrap(), 0);
}

on_every_server!(
    tree_is_saved_in_one_transaction_and_read_by_a_slave,
    changed_parts_of_a_tree_are_saved,
    tree_is_deleted_from_the_leaves,
);
