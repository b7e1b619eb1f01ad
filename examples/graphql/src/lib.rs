//! Sample application of `sea-orm-routing`: notes by GraphQL. A data loader loads in a task of its own, so each request has its loader,
//! with the handle of the request's session: see `loader`.

pub mod loader;
pub mod note;
mod schema;

use async_graphql::{Request, Response};
use axum::{Extension, Json, Router, extract::State, routing::post};
use sea_orm::{ConnectionTrait, DbErr, Schema};
use sea_orm_routing::{RoutingDatabase, tower::SessionLayer};

pub use schema::{Mutation, NoteSchema, Query, Written, schema};

/// Makes the table, if there is none.
///
/// # Errors
/// The master is not there, or refuses.
pub async fn prepare(db: &RoutingDatabase) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(note::Entity);
    db.execute(table.if_not_exists()).await.map(drop)
}

/// What serves the requests, each a session that reads what its browser has written.
pub fn router(db: RoutingDatabase) -> Router {
    Router::new()
        .route("/", post(serve))
        .with_state(schema(db.clone()))
        .layer(SessionLayer::new(db))
}

async fn serve(
    State(schema): State<NoteSchema>,
    Extension(session): Extension<RoutingDatabase>,
    Json(request): Json<Request>,
) -> Json<Response> {
    Json(loader::answer(&schema, session, request).await)
}
