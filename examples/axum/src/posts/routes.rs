use axum::{
    Router,
    routing::{get, post},
};

use super::{change, form, read};
use crate::app::App;

/// A browser's forms know GET and POST only.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/posts", get(read::list).post(change::create))
        .route("/posts/new", get(form::new))
        .route("/posts/{id}", get(read::show).post(change::edit))
        .route("/posts/{id}/edit", get(form::edit))
        .route("/posts/{id}/delete", post(change::delete))
}
