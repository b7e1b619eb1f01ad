use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::database::RoutingDatabase;

pin_project! {
    /// The body of a response that is still of its request's session while it is made.
    pub struct SessionBody<B> {
        #[pin]
        inner: B,
        session: RoutingDatabase,
    }
}

impl<B> SessionBody<B> {
    pub(super) fn new(inner: B, session: RoutingDatabase) -> Self {
        Self { inner, session }
    }
}

impl<B: Body> Body for SessionBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        this.session.within(|| this.inner.poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: fmt::Debug> fmt::Debug for SessionBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBody")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
