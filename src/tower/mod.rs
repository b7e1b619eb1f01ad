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
//! That is all. Each request is a session, in which any handle of any `RoutingDatabase` reads what the session has written. The
//! browser keeps the session's token in a cookie, so the next request reads the same, whichever process serves that request. Two
//! databases have a layer each.

mod body;
mod layer;
mod lines;
mod service;

pub use crate::carrier::SameSite;
pub use body::SessionBody;
pub use layer::SessionLayer;
pub use service::SessionService;
