//! A session per request, for any framework: the session's token in cookies or a header, as text (feature `carrier`).
//!
//! What serves with `tower` (axum, tonic, hyper) has a layer that is made of this: feature `tower`. A middleware of another framework, or what
//! takes messages with headers, does the same in four lines:
//!
//! ```
//! # use sea_orm_routing::{RoutingDatabase, carrier::SessionCarrier};
//! # struct Response { headers: Vec<(String, String)> }
//! # async fn handler(db: RoutingDatabase) -> Response { Response { headers: vec![] } }
//! # async fn serve(db: RoutingDatabase, carrier: SessionCarrier, cookies: Vec<String>) -> Response {
//! // `cookies` are the values of the request's header `cookie`, or of what `carrier.reads()` names.
//! let request = carrier.begin(&db, &cookies);
//! let mut response = request.scope(handler(db)).await;
//! for (name, value) in request.lines().await {
//!     response.headers.push((name, value));
//! }
//! response
//! # }
//! ```

mod carried_session;
mod session_carrier;
mod tokens;

pub use carried_session::CarriedSession;
pub use cookie::SameSite;
pub use session_carrier::SessionCarrier;
