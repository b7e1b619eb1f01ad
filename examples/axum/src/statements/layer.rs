use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    http::{HeaderMap, header::LOCATION},
    response::Response,
};
use tower::{Layer, Service};

use super::{History, Record, ServedRequest};

/// Records the statements of each request.
#[derive(Clone, Debug)]
pub(crate) struct RecordLayer {
    history: History,
}

impl RecordLayer {
    pub(crate) fn new(history: History) -> Self {
        Self { history }
    }
}

impl<S> Layer<S> for RecordLayer {
    type Service = RecordService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RecordService {
            history: self.history.clone(),
            inner,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RecordService<S> {
    history: History,
    inner: S,
}

impl<S> Service<Request> for RecordService<S>
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
        let history = self.history.clone();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let record = Record::new(history.origin_of(&path));
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = record.clone().scope(response).await?;
            history.add(ServedRequest {
                method,
                path,
                status: response.status(),
                location: location(response.headers()),
                statements: record.statements(),
            });
            Ok(response)
        })
    }
}

fn location(headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    Some(location.to_owned())
}
