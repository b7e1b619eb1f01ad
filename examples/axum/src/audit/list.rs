use axum::extract::State;
use maud::Markup;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use sea_orm_routing::RoutingDatabase;

use crate::{entity::audit_entry, pages, problem::Problem};

const LAST: u64 = 50;

pub(crate) async fn list(State(db): State<RoutingDatabase>) -> Result<Markup, Problem> {
    let entries = audit_entry::Entity::find()
        .order_by_desc(audit_entry::Column::Id)
        .limit(LAST)
        .all(&db)
        .await?;
    Ok(pages::audit(&entries))
}
