use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, Linked, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
    Related, RelationDef, RelationTrait,
};

use super::Blog;
use crate::entities::{post, post_tag, profile, step, tag, user, visit};

const READ: &str = "default.slave 1r";

/// From a user over posts to their tags.
struct UserToTag;

impl Linked for UserToTag {
    type FromEntity = user::Entity;
    type ToEntity = tag::Entity;

    fn link(&self) -> Vec<RelationDef> {
        vec![
            user::Relation::Post.def(),
            <post::Entity as Related<tag::Entity>>::via().unwrap(),
            <post::Entity as Related<tag::Entity>>::to(),
        ]
    }
}

async fn one_to_one_is_joined(blog: Blog) {
    let db = &blog.db;
    let users = user::Entity::find()
        .find_also_related(profile::Entity)
        .order_by_asc(user::Column::Id);
    let users = blog.by(READ, users.all(db)).await.unwrap();
    let pictures: Vec<_> = users
        .iter()
        .map(|(user, profile)| {
            (
                user.name.as_str(),
                profile.as_ref().map(|p| p.picture.as_str()),
            )
        })
        .collect();
    assert_eq!(pictures, [("Ann", Some("ann.png")), ("Bob", None)]);
}

async fn one_to_many_is_joined_and_gathered(blog: Blog) {
    let db = &blog.db;
    let users = user::Entity::find()
        .find_with_related(post::Entity)
        .order_by_asc(user::Column::Id);
    let users = blog.by(READ, users.all(db)).await.unwrap();
    let counts: Vec<_> = users
        .iter()
        .map(|(user, posts)| (user.id, posts.len()))
        .collect();
    assert_eq!(counts, [(1, 3), (2, 2)]);

    let steps = step::Entity::find().find_both_related(visit::Entity);
    let steps = blog.by("metrics.slave 1r", steps.all(db)).await.unwrap();
    assert_eq!((steps.len(), steps[0].1.page.as_str()), (2, "home"));
}

async fn many_to_many_is_joined_over_its_table(blog: Blog) {
    let db = &blog.db;
    let posts = post::Entity::find()
        .find_with_related(tag::Entity)
        .filter(post::Column::Id.lte(2))
        .order_by_asc(post::Column::Id)
        .order_by_asc(tag::Column::Id);
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    let names: Vec<Vec<_>> = posts
        .iter()
        .map(|(_, tags)| tags.iter().map(|tag| tag.name.as_str()).collect())
        .collect();
    assert_eq!(names, [vec!["rust", "sql"], vec!["rust"]]);
}

async fn links_are_followed_over_tables(blog: Blog) {
    let db = &blog.db;
    let ann = user::Entity::find_by_id(1).one(db).await.unwrap().unwrap();
    let tags = ann
        .find_linked(UserToTag)
        .distinct()
        .order_by_asc(tag::Column::Id);
    let tags = blog.by(READ, tags.all(db)).await.unwrap();
    let names: Vec<_> = tags.into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["rust", "sql"]);
}

async fn joins_are_spelled_out(blog: Blog) {
    let db = &blog.db;
    let posts = post::Entity::find()
        .join(JoinType::InnerJoin, post_tag::Relation::Post.def().rev())
        .join(JoinType::InnerJoin, post_tag::Relation::Tag.def())
        .filter(tag::Column::Name.eq("sql"));
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    assert_eq!((posts.len(), posts[0].title.as_str()), (1, "one"));
}

on_every_server!(
    one_to_one_is_joined,
    one_to_many_is_joined_and_gathered,
    many_to_many_is_joined_over_its_table,
    links_are_followed_over_tables,
    joins_are_spelled_out,
);
