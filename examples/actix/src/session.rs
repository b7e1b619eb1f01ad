//! A session per request, for actix.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorInternalServerError,
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web::{Bytes, Data},
};
use sea_orm_routing::{
    RoutingDatabase,
    carrier::{CarriedSession, SessionCarrier},
};

/// Each request is a session, which reads what its browser has written.
pub async fn session(
    db: Data<RoutingDatabase>,
    carrier: Data<SessionCarrier>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let session = carrier.begin(&db, request.headers().get_all(carrier.reads()));
    // For tasks that handlers spawn: they take `ReqData<RoutingDatabase>`.
    request.extensions_mut().insert(session.handle().clone());
    let mut response = session.scope(next.call(request)).await?;
    for (name, value) in session.lines().await {
        let name = HeaderName::try_from(name).map_err(ErrorInternalServerError)?;
        let value = HeaderValue::try_from(value).map_err(ErrorInternalServerError)?;
        response.headers_mut().append(name, value);
    }
    Ok(response.map_body(|_, body| Body(body.boxed(), session).boxed()))
}

/// A body that is still of its request's session while it is streamed.
struct Body(BoxBody, CarriedSession);

impl MessageBody for Body {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.0.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Self(body, session) = self.get_mut();
        session.within(|| body.as_pin_mut().poll_next(context))
    }
}
