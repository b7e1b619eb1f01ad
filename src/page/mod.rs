//! A page for people and answers for probes: what the nodes do, and whether requests can be served. Feature `axum`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use sea_orm::Database;
//! # let db = sea_orm_routing::RoutingDatabase::from(Database::connect("sqlite::memory:").await?);
//! use axum::Router;
//! use sea_orm_routing::page;
//!
//! let app: Router = Router::new().nest("/database", page::router(&db));
//! # Ok(())
//! # }
//! ```
//!
//! | path | answer |
//! |---|---|
//! | `/` | one HTML page without scripts and without anything from elsewhere, which loads itself anew every 5 s: binds and nodes, their state, lag and reads of the last minutes, the last changes, and of a handle of [`recording`](crate::RoutingDatabase::recording) its last statements |
//! | `/status.json` | [`db.status()`](crate::RoutingDatabase::status), with whether reads and writes can be served, and the last changes |
//! | `/healthz` | 200 as long as the process answers |
//! | `/readyz` | 200 if every bind serves reads and, unless the handle never writes, writes, else 503 with the reason in words |
//! | `/readyz/reads`, `/readyz/writes` | the same of one of them |
//!
//! Ready is who would send a plain read, or a write, that came now: by the decision that statements meet, with all that the binds'
//! options and the handle say (`on_no_slave`, `max_master_reads`, `consistency`), and to a node that is not down. After
//! [`close`](crate::RoutingDatabase::close) nothing is ready. One bind that fails over makes `/readyz` of a handle of all binds unready:
//! give an orchestrator `/readyz/reads`, or the page of a handle of the bind that it is about.
//!
//! The page and `/status.json` show names, counts and what servers say when they refuse, which may name a user, a database or this
//! process's address; recorded statements may hold literals. No password is shown. They are meant for the people who operate the
//! application: put what asks who they are around them. The probes tell names and states only.

mod answers;
mod change;
mod chart;
mod history;
mod html;
mod readiness;
#[cfg(test)]
mod tests;

pub use answers::router;
