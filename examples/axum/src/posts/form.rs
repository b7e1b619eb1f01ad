use axum::extract::State;
use maud::Markup;
use sea_orm::EntityTrait;
use sea_orm_routing::RoutingDatabase;

use super::request::{PostId, address_of};
use crate::{draft::Draft, entity::post, pages, problem::Problem};

pub(super) async fn new() -> Markup {
    pages::form("New post", "/posts", &Draft::default(), &[])
}

pub(super) async fn edit(
    State(db): State<RoutingDatabase>,
    PostId(id): PostId,
) -> Result<Markup, Problem> {
    let post = post::Entity::find_by_id(id).one(&db).await?;
    let draft = Draft::from(post.ok_or(Problem::NotFound)?);
    Ok(pages::form("Edit post", &address_of(id), &draft, &[]))
}
