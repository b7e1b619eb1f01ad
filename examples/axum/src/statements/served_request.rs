use axum::http::{Method, StatusCode};
use sea_orm_routing::recording::RecordedStatement;

/// A request that was served, with its statements.
#[derive(Clone, Debug)]
pub(crate) struct ServedRequest {
    pub(crate) method: Method,
    /// Without the query, which may hold what a user typed.
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    /// Where the answer sent the browser.
    pub(crate) location: Option<String>,
    pub(crate) statements: Vec<RecordedStatement>,
}
