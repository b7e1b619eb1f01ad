use std::{
    pin::Pin,
    sync::Arc,
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
    dispatcher: Arc<Dispatcher>,
    /// Made whenever the stream begins to wait.
    abandoned: Option<Pin<Box<dyn Future<Output = RoutingError> + Send>>>,
    has_ended: bool,
}

impl Watch {
    pub(super) fn new(node: &Arc<Node>, dispatcher: &Arc<Dispatcher>) -> Self {
        Self {
            node: node.clone(),
            dispatcher: dispatcher.clone(),
            abandoned: None,
            has_ended: false,
        }
    }

    /// Notes what `next` says; an error when it is pending and nothing more is to be expected.
    pub(super) fn note(
        &mut self,
        next: &Poll<Option<Row>>,
        context: &mut Context<'_>,
    ) -> Result<(), RoutingError> {
        match next {
            Poll::Ready(row) => {
                self.abandoned = None;
                self.has_ended = !matches!(row, Some(Ok(_)));
                if let Some(Err(error)) = row {
                    self.dispatcher.note_error(&self.node, error);
                }
                Ok(())
            }
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

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.has_ended {
            self.node.note_given_up();
        }
    }
}
