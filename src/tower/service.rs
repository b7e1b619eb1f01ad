use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{SessionBody, layer::HandleOf, lines};
use crate::{carrier::SessionCarrier, database::RoutingDatabase};

/// Serves each request in a session of its own: see [`SessionLayer`](super::SessionLayer).
#[derive(Clone)]
pub struct SessionService<S> {
    pub(super) db: RoutingDatabase,
    pub(super) carrier: SessionCarrier,
    pub(super) prevents_writes: bool,
    pub(super) recording: Option<usize>,
    pub(super) handle: Option<HandleOf>,
    pub(super) inner: S,
}

impl<S> SessionService<S> {
    /// The handle that a request's session is of.
    fn database(&self, is_safe: bool) -> RoutingDatabase {
        let db = match self.prevents_writes && is_safe {
            true => self.db.preventing_writes(),
            false => self.db.clone(),
        };
        match self.recording {
            Some(most) => db.recording(most),
            None => db,
        }
    }
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
        let db = self.database(request.method().is_safe());
        let brought = request.headers().get_all(self.carrier.reads());
        let session = self.carrier.begin(&db, brought);
        let (parts, body) = request.into_parts();
        let session = match &self.handle {
            Some(handle) => session.at(|own| handle(own, &parts)),
            None => session,
        };
        let mut request = Request::from_parts(parts, body);
        request.extensions_mut().insert(session.handle().clone());
        let response = session.within(|| self.inner.call(request));
        let carrier = self.carrier.clone();
        Box::pin(async move {
            let response = session.scope(response).await?;
            let mut response =
                response.map(|body| SessionBody::new(body, session.handle().clone()));
            lines::add(&carrier, session.lines().await, response.headers_mut());
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
