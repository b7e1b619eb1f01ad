//! Sample application of `sea-orm-routing`: a blog on axum whose pages show which node served each statement.
//!
//! Posts live on the bind `default`, a master and two slaves; the audit of their changes lives on the bind `audit`.
//! A tower layer makes each request a session that reads what its browser has written, see `app`; it
//! also records what the request ran, see `statements`. What the databases do is shown at `/databases`.

// Imports go one way: app → posts, audit → problem → pages → statements, draft → migration → entity.

mod app;
mod audit;
mod draft;
pub mod entity;
mod migration;
mod pages;
mod posts;
mod problem;
mod statements;

pub use app::{App, StartError};
