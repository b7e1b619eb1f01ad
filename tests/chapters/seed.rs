//! What every test begins with: Ann with a picture and the posts `one`, `two` and `three`, Bob with `four` and `five`,
//! tags on the first two posts, and a visit of two steps.

use sea_orm::{ActiveValue::Set, DatabaseConnection, EntityTrait, Schema};
use serde_json::json;

use crate::entities::{post, post_tag, profile, step, tag, user, visit};

pub(crate) fn user_named(name: &str) -> user::ActiveModel {
    user::ActiveModel {
        name: Set(name.to_owned()),
        email: Set(format!("{}@example.org", name.to_lowercase())),
        ..Default::default()
    }
}

pub(crate) fn post_of(user_id: i32, title: &str) -> post::ActiveModel {
    post::ActiveModel {
        user_id: Set(user_id),
        title: Set(title.to_owned()),
        state: Set(post::State::Public),
        details: Set(json!({ "words": title.len() })),
        ..Default::default()
    }
}

pub(crate) fn tag_named(name: &str) -> tag::ActiveModel {
    tag::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

pub(crate) fn visit_of(page: &str) -> visit::ActiveModel {
    visit::ActiveModel {
        page: Set(page.to_owned()),
        ..Default::default()
    }
}

/// The tables of the default bind and their rows.
pub(crate) async fn blog(master: &DatabaseConnection) {
    let schema = Schema::new(master.get_database_backend()).builder();
    let schema = schema.register(user::Entity).register(profile::Entity);
    let schema = schema.register(post::Entity).register(tag::Entity);
    let schema = schema.register(post_tag::Entity);
    schema.apply(master).await.unwrap();
    let users = ["Ann", "Bob"].map(user_named);
    let users = user::Entity::insert_many(users).exec(master).await;
    users.unwrap();
    let profile = profile::ActiveModel {
        picture: Set("ann.png".to_owned()),
        user_id: Set(1),
        ..Default::default()
    };
    let profile = profile::Entity::insert(profile).exec(master).await;
    profile.unwrap();
    let posts = [
        (1, "one"),
        (1, "two"),
        (1, "three"),
        (2, "four"),
        (2, "five"),
    ];
    let posts = posts.map(|(user, title)| post_of(user, title));
    let posts = post::Entity::insert_many(posts).exec(master).await;
    posts.unwrap();
    let tags = ["rust", "sql"].map(tag_named);
    let tags = tag::Entity::insert_many(tags).exec(master).await;
    tags.unwrap();
    let pairs = [(1, 1), (1, 2), (2, 1)].map(|(post_id, tag_id)| post_tag::ActiveModel {
        post_id: Set(post_id),
        tag_id: Set(tag_id),
    });
    let pairs = post_tag::Entity::insert_many(pairs).exec(master).await;
    pairs.unwrap();
}

/// The tables of the bind `metrics` and their rows.
pub(crate) async fn metrics(master: &DatabaseConnection) {
    let schema = Schema::new(master.get_database_backend()).builder();
    let schema = schema.register(visit::Entity).register(step::Entity);
    schema.apply(master).await.unwrap();
    let visit = visit::Entity::insert(visit_of("home")).exec(master).await;
    visit.unwrap();
    let steps = ["in", "out"].map(|text| step::ActiveModel {
        visit_id: Set(1),
        text: Set(text.to_owned()),
        ..Default::default()
    });
    let steps = step::Entity::insert_many(steps).exec(master).await;
    steps.unwrap();
}
