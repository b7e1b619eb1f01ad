use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use thiserror::Error;
use tokio_stream::{
    Stream,
    wrappers::{BroadcastStream, errors::BroadcastStreamRecvError::Lagged},
};

use super::Modification;
use crate::names::BindName;

/// What this process changes through any handle of the database, from now on, in the order in which it was committed.
/// [`RoutingDatabase::modifications`](crate::RoutingDatabase::modifications) has an example.
///
/// No writer ever waits for a reader. A reader that is more than 1,024 modifications behind misses the oldest, and is told
/// how many: whoever keeps a cache drops the whole cache then. The stream ends when the database is closed or its last handle
/// is gone.
pub struct Modifications {
    /// The one bind of the handle, if it has one.
    bind: Option<BindName>,
    received: BroadcastStream<Modification>,
}

/// How many modifications a slow reader has missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{count} modifications were missed")]
#[non_exhaustive]
pub struct Missed {
    /// Of all binds, also for a reader of one.
    pub count: u64,
}

impl Modifications {
    pub(crate) fn new(
        bind: Option<BindName>,
        receiver: tokio::sync::broadcast::Receiver<Modification>,
    ) -> Self {
        Self {
            bind,
            received: BroadcastStream::new(receiver),
        }
    }
}

impl Stream for Modifications {
    type Item = Result<Modification, Missed>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { bind, received } = self.get_mut();
        loop {
            let next = std::task::ready!(Pin::new(&mut *received).poll_next(context));
            let item = next.map(|item| item.map_err(|Lagged(count)| Missed { count }));
            let is_of_another = match (&item, &*bind) {
                (Some(Ok(modification)), Some(bind)) => modification.bind != *bind,
                _ => false,
            };
            if !is_of_another {
                return Poll::Ready(item);
            }
        }
    }
}

impl fmt::Debug for Modifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modifications")
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}
