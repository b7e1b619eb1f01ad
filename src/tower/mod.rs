//! A session per request, for whatever serves requests with `tower`: axum, tonic, hyper (feature `tower`).
//!
//! ```
//! # async fn index() {}
//! use axum::{Router, routing::get};
//! use sea_orm_routing::{RoutingDatabase, tower::SessionLayer};
//!
//! fn app(db: RoutingDatabase) -> Router {
//!     Router::new()
//!         .route("/", get(index))
//!         .with_state(db.clone())
//!         .layer(SessionLayer::new(db))
//! }
//! # let _ = app;
//! ```
//!
//! That is all: each request is a session, in which any handle of any `RoutingDatabase` reads what the session has written,
//! and the browser keeps its token in a cookie, so that the next request reads it too, whichever process serves that. Two
//! databases have a layer each.

mod body;
mod carrier;
mod layer;
mod service;

pub use body::SessionBody;
pub use carrier::SameSite;
pub use layer::SessionLayer;
pub use service::SessionService;
