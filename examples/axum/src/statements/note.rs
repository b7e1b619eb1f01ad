use axum::{
    extract::{Request, State},
    http::header::LOCATION,
    middleware::Next,
    response::Response,
};

use sea_orm_routing::RoutingDatabase;

use super::{History, Record, ServedRequest};

/// Serves a request, and notes which statements it sent.
pub(crate) async fn note(
    State(db): State<RoutingDatabase>,
    State(history): State<History>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let record = Record {
        db: db.clone(),
        origin: history.origin_of(&path),
    };
    let response = record.scope(next.run(request)).await;
    let location = response.headers().get(LOCATION);
    history.add(ServedRequest {
        method,
        path,
        status: response.status(),
        location: location.and_then(|location| Some(location.to_str().ok()?.to_owned())),
        statements: db.statements(),
    });
    response
}
