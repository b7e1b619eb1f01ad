use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{DbErr, QueryResult, QueryStream};
use tokio::sync::mpsc::Receiver;

/// The rows of a stream.
pub(crate) enum Rows {
    Driver(QueryStream),
    /// Read by a task, in a transaction of their own.
    Task(Receiver<Result<QueryResult, DbErr>>),
}

impl Stream for Rows {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut *self {
            Self::Driver(rows) => Pin::new(rows).poll_next(context),
            Self::Task(rows) => rows.poll_recv(context),
        }
    }
}
