use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, TransactionTrait};
use sea_orm_routing::RoutingDatabase;

use super::request::{PostId, Submitted, address_of};
use crate::{
    audit,
    draft::Draft,
    entity::{audit_entry::Action, post},
    pages,
    problem::Problem,
};

pub(super) async fn create(
    State(db): State<RoutingDatabase>,
    Submitted(draft): Submitted,
) -> Result<Response, Problem> {
    if let Some(refusal) = refusal("New post", "/posts", &draft) {
        return Ok(refusal);
    }
    let post = post::ActiveModel {
        title: Set(draft.title),
        text: Set(draft.text),
        ..Default::default()
    };
    let post = post.insert(&db).await?;
    audit::note(&db, Action::Created, post.id).await?;
    Ok(Redirect::to(&address_of(post.id)).into_response())
}

pub(super) async fn edit(
    State(db): State<RoutingDatabase>,
    PostId(id): PostId,
    Submitted(draft): Submitted,
) -> Result<Response, Problem> {
    if let Some(refusal) = refusal("Edit post", &address_of(id), &draft) {
        return Ok(refusal);
    }
    // On the master from its first statement on: what is read there is what will be changed.
    let transaction = db.begin().await?;
    let post = post::Entity::find_by_id(id).one(&transaction).await?;
    let mut post = post.ok_or(Problem::NotFound)?.into_active_model();
    post.title = Set(draft.title);
    post.text = Set(draft.text);
    post.update(&transaction).await?;
    transaction.commit().await?;
    audit::note(&db, Action::Edited, id).await?;
    Ok(Redirect::to(&address_of(id)).into_response())
}

pub(super) async fn delete(
    State(db): State<RoutingDatabase>,
    PostId(id): PostId,
) -> Result<Redirect, Problem> {
    let deleted = post::Entity::delete_by_id(id).exec(&db).await?;
    if deleted.rows_affected == 0 {
        return Err(Problem::NotFound);
    }
    audit::note(&db, Action::Deleted, id).await?;
    Ok(Redirect::to("/posts"))
}

/// The form again, with what is wrong with it.
fn refusal(title: &str, action: &str, draft: &Draft) -> Option<Response> {
    let faults = draft.faults();
    let refused = !faults.is_empty();
    refused.then(|| {
        let page = pages::form(title, action, draft, &faults);
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    })
}
