use axum::extract::State;
use maud::Markup;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use sea_orm_routing::RoutingDatabase;

use super::request::{PageQuery, PostId};
use crate::{entity::post, pages, problem::Problem};

const PER_PAGE: u64 = 10;

pub(super) async fn list(
    State(db): State<RoutingDatabase>,
    query: PageQuery,
) -> Result<Markup, Problem> {
    let paginator = post::Entity::find()
        .order_by_desc(post::Column::Id)
        .paginate(&db, PER_PAGE);
    let pages = paginator.num_pages().await?.max(1);
    let number = query.number();
    if number > pages {
        return Err(Problem::NotFound);
    }
    let posts = paginator.fetch_page(number - 1).await?;
    Ok(pages::list(&posts, number, pages))
}

pub(super) async fn show(
    State(db): State<RoutingDatabase>,
    PostId(id): PostId,
) -> Result<Markup, Problem> {
    let post = post::Entity::find_by_id(id).one(&db).await?;
    Ok(pages::post(&post.ok_or(Problem::NotFound)?))
}
