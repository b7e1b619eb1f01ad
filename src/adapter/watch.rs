use std::{
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use sea_orm::{DbErr, QueryResult};

use crate::{
    dispatch::{Dispatcher, abandonment},
    error::RoutingError,
    node::Node,
};

pub(super) type Row = Result<QueryResult, DbErr>;

/// What a stream meets says something of its node, and what its node meets may end the stream.
pub(super) struct Watch {
    node: Arc<Node>,
    /// A stream that is kept keeps no monitor.
    dispatcher: Weak<Dispatcher>,
    /// Made when the stream has to wait for the first time.
    abandoned: Option<Pin<Box<dyn Future<Output = RoutingError> + Send>>>,
}

impl Watch {
    pub(super) fn new(node: &Arc<Node>, dispatcher: &Arc<Dispatcher>) -> Self {
        Self {
            node: node.clone(),
            dispatcher: Arc::downgrade(dispatcher),
            abandoned: None,
        }
    }

    /// Notes what `next` says; an error when it is pending and nothing more is to be expected.
    pub(super) fn note(
        &mut self,
        next: &Poll<Option<Row>>,
        context: &mut Context<'_>,
    ) -> Result<(), RoutingError> {
        match next {
            Poll::Ready(Some(Err(error))) => {
                if let Some(dispatcher) = self.dispatcher.upgrade() {
                    dispatcher.note_error(&self.node, error);
                }
                Ok(())
            }
            Poll::Ready(_) => Ok(()),
            Poll::Pending => {
                let node = &self.node;
                let abandoned = self.abandoned.get_or_insert_with(|| {
                    let node = node.clone();
                    Box::pin(async move { abandonment(&node).await })
                });
                match abandoned.as_mut().poll(context) {
                    Poll::Ready(error) => Err(error),
                    Poll::Pending => Ok(()),
                }
            }
        }
    }
}
