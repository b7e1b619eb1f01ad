use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{SessionBody, carrier::Carrier, layer::HandleOf};
use crate::{database::RoutingDatabase, freshness::Moment};

/// So many tokens are made one, also by a request that only reads.
const MANY: usize = 16;

/// Serves each request in a session of its own: see [`SessionLayer`](super::SessionLayer).
#[derive(Clone)]
pub struct SessionService<S> {
    pub(super) db: RoutingDatabase,
    pub(super) carrier: Carrier,
    pub(super) prevents_writes: bool,
    pub(super) recording: Option<usize>,
    pub(super) handle: Option<HandleOf>,
    pub(super) inner: S,
}

impl<S, B, R> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<SessionBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let brought = self.carrier.tokens(request.headers());
        let tokens = brought.iter().map(|brought| &*brought.token);
        let session = self.db.session_from_all(tokens);
        let begun = Moment::now();
        let session = match self.prevents_writes && request.method().is_safe() {
            true => session.preventing_writes(),
            false => session,
        };
        let session = match self.recording {
            Some(most) => session.recording(most),
            None => session,
        };
        let (parts, body) = request.into_parts();
        let session = match &self.handle {
            Some(handle) => session.of_request(handle(&session, &parts)),
            None => session.as_surroundings(),
        };
        let mut request = Request::from_parts(parts, body);
        request.extensions_mut().insert(session.clone());
        let response = session.within(|| self.inner.call(request));
        let carrier = self.carrier.clone();
        Box::pin(async move {
            let response = session.request(response).await?;
            let mut response = response.map(|body| SessionBody::new(body, session.clone()));
            // What it has only read is no news; but so many cookies may become too many for a server in between.
            if session.has_written(begun) || brought.len() > MANY {
                let token = session.token().await;
                let held = brought.into_iter();
                let held = held.filter(|brought| session.understands(&brought.token));
                let lag = session.longest_lag();
                carrier.send(&token, lag, held, response.headers_mut());
            }
            Ok(response)
        })
    }
}

impl<S: fmt::Debug> fmt::Debug for SessionService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService")
            .field("carrier", &self.carrier)
            .field("prevents_writes", &self.prevents_writes)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
