use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, StatementBuilder, StreamTrait, TransactionStream,
};

use super::{
    stream::StreamFuture,
    watch::{Row, Watch},
};
use crate::{
    dispatch::{Parcel, Telling},
    distributed::DistributedTransaction,
    transaction::{RoutingTransaction, Running},
};

/// The rows of one statement in a transaction. The stream holds the transaction's connection until the stream is dropped.
///
/// It ends as a [`RoutingStream`](super::RoutingStream) does.
pub struct RoutingTransactionStream<'t> {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    // Before `rest`: whether that is given up is known before its connection is back.
    watch: Watch,
    /// Gone when it is given up.
    rest: Option<TransactionStream<'t>>,
    telling: Telling,
}

impl Stream for RoutingTransactionStream<'_> {
    type Item = Row;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let next = Pin::new(rest).poll_next(context);
        match self.watch.note(&next, context) {
            Ok(()) => {
                match &next {
                    Poll::Ready(None) => self.telling.succeed(),
                    Poll::Ready(Some(Err(error))) => self.telling.fail(error),
                    _ => {}
                }
                next
            }
            Err(error) => {
                self.rest = None;
                let error = error.into();
                self.telling.fail(&error);
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

impl fmt::Debug for RoutingTransactionStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingTransactionStream")
            .finish_non_exhaustive()
    }
}

impl StreamTrait for RoutingTransaction {
    type Stream<'a> = RoutingTransactionStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        self.stream_parcel(Parcel::given(stmt))
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let backend = ConnectionTrait::get_database_backend(self);
        self.stream_parcel(Parcel::built(backend, stmt))
    }
}

/// As that of the part in which the statement runs.
impl StreamTrait for DistributedTransaction {
    type Stream<'a> = RoutingTransactionStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        self.stream_parcel(Parcel::given(stmt))
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let backend = ConnectionTrait::get_database_backend(self);
        self.stream_parcel(Parcel::built(backend, stmt))
    }
}

impl RoutingTransaction {
    fn stream_parcel<'a>(
        &'a self,
        mut parcel: Parcel<'_>,
    ) -> StreamFuture<'a, RoutingTransactionStream<'a>> {
        let plan = self.plan(&mut parcel);
        let mut parcel = parcel.rendered();
        Box::pin(async move {
            let plan = match plan {
                Ok(plan) => plan,
                Err(error) => self.plan_asking(error, &mut parcel).await?,
            };
            let running = self.start(plan, &parcel).await?;
            match !running.is_setting() && self.may_begin_elsewhere(running.opened()) {
                true => self.stream_first(running, parcel).await,
                false => running.stream(parcel.into_statement()).await,
            }
        })
    }

    /// As [`send_first`](Self::send_first): nothing is lost before the first row.
    async fn stream_first<'a>(
        &'a self,
        running: Running<'a>,
        parcel: Parcel<'static>,
    ) -> Result<RoutingTransactionStream<'a>, DbErr> {
        let opened = running.opened();
        let stream = running.stream(parcel.copy()).await?.with_first_row().await;
        let Some(Err(error)) = &stream.first else {
            self.note_answer();
            return Ok(stream);
        };
        let again = match self.begin_elsewhere(opened, error.clone(), &parcel).await {
            Ok(again) => again,
            // The driver's streams tell their errors themselves.
            Err(error) => {
                self.note_answer();
                let first = Some(Err(error));
                return Ok(RoutingTransactionStream { first, ..stream });
            }
        };
        drop(stream);
        let stream = again.running.stream(parcel.into_statement()).await?;
        let stream = stream.with_first_row().await;
        if let Some(Err(error)) = &stream.first {
            let router = self.database.router();
            router.note_same_error(&again.begin, error);
        }
        Ok(stream)
    }
}

impl RoutingTransactionStream<'_> {
    /// The same when its first row has come.
    async fn with_first_row(mut self) -> Self {
        self.first = poll_fn(|context| Pin::new(&mut self).poll_next(context)).await;
        self
    }
}

impl DistributedTransaction {
    fn stream_parcel<'a>(
        &'a self,
        parcel: Parcel<'_>,
    ) -> StreamFuture<'a, RoutingTransactionStream<'a>> {
        match self.part_of(parcel.wording()) {
            Ok(part) => {
                let setting = self.setting(&parcel);
                let streaming = part.stream_parcel(parcel);
                Box::pin(async move {
                    self.set(setting, part).await?;
                    streaming.await
                })
            }
            Err(_) => {
                let parcel = parcel.rendered();
                Box::pin(async move {
                    let part = self.part_for(parcel.wording()).await?;
                    self.spread(&parcel, part).await?;
                    part.stream_parcel(parcel).await
                })
            }
        }
    }
}

impl<'t> Running<'t> {
    /// Not confirmed before the transaction ends: the stream is the driver's own, and may be dropped.
    async fn stream(mut self, statement: Statement) -> Result<RoutingTransactionStream<'t>, DbErr> {
        let transaction = self.transaction();
        let opened = self.opening(transaction.stream_raw(statement)).await?;
        Ok(RoutingTransactionStream {
            first: None,
            rest: Some(opened),
            watch: Watch::new(self.node(), self.dispatcher()),
            telling: self.into_telling(),
        })
    }
}
