use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use sea_orm_routing::RoutingDatabase;
use time::Duration;
use tower::{Layer, Service};

const COOKIE: &str = "session";

/// Makes each request a session that reads what the browser's requests before it have written.
///
/// What they have written is the token in the browser's cookie. A cookie that is none of ours is no error.
#[derive(Clone, Debug)]
pub(crate) struct SessionLayer {
    db: RoutingDatabase,
    max_age: Duration,
}

impl SessionLayer {
    /// The cookie ends after `max_age`: `max_lag` is enough, as no slave that is further behind serves reads.
    pub(crate) fn new(db: RoutingDatabase, max_age: Duration) -> Self {
        Self { db, max_age }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService {
            db: self.db.clone(),
            max_age: self.max_age,
            inner,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SessionService<S> {
    db: RoutingDatabase,
    max_age: Duration,
    inner: S,
}

impl<S> Service<Request> for SessionService<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let cookies = CookieJar::from_headers(request.headers());
        let session = self
            .db
            .session_from(cookies.get(COOKIE).map_or("", Cookie::value));
        // A token may cost a query per bind, so those that only read are spared it: they leave the cookie as it is.
        let may_write = !request.method().is_safe();
        let max_age = self.max_age;
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = session.scope(response).await?;
            if !may_write {
                return Ok(response);
            }
            let cookies = match session.token().await {
                // Nothing was written, or every slave has it.
                token if token.is_empty() => cookies.remove(Cookie::build(COOKIE).path("/")),
                token => cookies.add(cookie(token, max_age)),
            };
            Ok((cookies, response).into_response())
        })
    }
}

/// Behind TLS it would be `Secure` as well.
fn cookie(token: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .path("/")
        .max_age(max_age)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
