use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult, QueryStream, Statement, StatementBuilder,
    StreamTrait, TransactionStream,
};

use crate::{database::RoutingDatabase, dispatch::Decision, transaction::RoutingTransaction};

type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

type Row = Result<QueryResult, DbErr>;

/// The rows of one statement from one node.
pub struct RoutingStream {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    rest: QueryStream,
}

impl RoutingStream {
    fn new(rest: QueryStream) -> Self {
        Self { first: None, rest }
    }

    /// Reads the first row, or the error in its place.
    async fn begin(&mut self) -> Option<&DbErr> {
        self.first =
            std::future::poll_fn(|context| Pin::new(&mut self.rest).poll_next(context)).await;
        self.first.as_ref()?.as_ref().err()
    }
}

impl Stream for RoutingStream {
    type Item = Row;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_next(context),
        }
    }
}

impl fmt::Debug for RoutingStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingStream").finish_non_exhaustive()
    }
}

impl RoutingDatabase {
    /// A stream from a slave is begun here, as only before its first row the master can take over.
    async fn open_stream(
        &self,
        decision: Decision,
        stmt: Statement,
    ) -> Result<RoutingStream, DbErr> {
        if !decision.may_heal() {
            return decision
                .node
                .connection
                .stream_raw(stmt)
                .await
                .map(RoutingStream::new);
        }
        let spare = stmt.clone();
        let mut stream = RoutingStream::new(decision.node.connection.stream_raw(stmt).await?);
        let Some(error) = stream.begin().await else {
            return Ok(stream);
        };
        match decision.healable(error) {
            Some(refusal) => {
                let master = self.heal(decision, refusal, error, &spare.sql)?;
                master
                    .connection
                    .stream_raw(spare)
                    .await
                    .map(RoutingStream::new)
            }
            None => Ok(stream),
        }
    }
}

/// A stream reads all its rows from one node.
impl StreamTrait for RoutingDatabase {
    type Stream<'a> = RoutingStream;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        Box::pin(async move {
            let decision = self.send(stmt.db_backend, &stmt.sql)?;
            self.open_stream(decision, stmt).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let sent = self.send_built(stmt);
        Box::pin(async move {
            let (decision, stmt) = sent?;
            self.open_stream(decision, stmt).await
        })
    }
}

/// A stream in a transaction holds its connection until it is dropped.
impl StreamTrait for RoutingTransaction {
    type Stream<'a> = TransactionStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        Box::pin(async move {
            let opened = self.opened_for(stmt.db_backend, &stmt.sql).await?;
            opened.transaction.stream_raw(stmt).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let prepared = self.prepare(ConnectionTrait::get_database_backend(self), stmt);
        Box::pin(async move {
            let (decision, stmt) = prepared?;
            let opened = self.run_on(decision, stmt.db_backend, &stmt.sql).await?;
            opened.transaction.stream_raw(stmt).await
        })
    }
}
