use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, QueryStream, Statement,
    StatementBuilder, StreamTrait, TransactionStream,
};

use super::connection::Sent;
use crate::{
    database::RoutingDatabase,
    distributed::DistributedTransaction,
    modification::Pending,
    node::Ticket,
    transaction::{RoutingTransaction, Running},
};

type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

type Row = Result<QueryResult, DbErr>;

/// The rows of one statement from one node.
pub struct RoutingStream {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    // Before `ticket`: the work has ended when its connection is back.
    rest: QueryStream,
    /// Gone after an error in place of the first row.
    ticket: Option<Ticket>,
    /// What the statement changes; told when the last row has come.
    pending: Option<Pending>,
}

impl Stream for RoutingStream {
    type Item = Row;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => {
                let next = Pin::new(&mut self.rest).poll_next(context);
                if matches!(next, Poll::Ready(None)) {
                    // The work has ended, although the stream is still there.
                    self.ticket = None;
                    if let Some(pending) = self.pending.take() {
                        pending.confirm(None);
                    }
                }
                next
            }
        }
    }
}

impl fmt::Debug for RoutingStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingStream")
            .field("node", &self.ticket.as_ref().map(|ticket| ticket.key()))
            .finish_non_exhaustive()
    }
}

impl RoutingDatabase {
    /// A stream from a slave is begun here, as only before its first row another node can take over.
    async fn open_stream(
        &self,
        mut sent: Sent,
        mut stmt: Statement,
    ) -> Result<RoutingStream, DbErr> {
        while sent.decision.may_move() {
            let spare = stmt.clone();
            let begun = sent.attempt(begin(&sent.ticket.connection, stmt)).await;
            let (error, rest) = match begun {
                Err(error) => (error, None),
                Ok((Some(Err(error)), rest)) => (error, Some(rest)),
                Ok((first, rest)) => {
                    self.dispatcher.note_success(&sent.ticket);
                    let ticket = Some(sent.ticket);
                    return Ok(RoutingStream {
                        first,
                        rest,
                        ticket,
                        pending: sent.pending,
                    });
                }
            };
            match (self.after(sent, error, &spare.sql).await, rest) {
                (Ok(next), _) => sent = next,
                // The driver's streams tell their errors themselves.
                (Err(error), Some(rest)) => {
                    let first = Some(Err(error));
                    return Ok(RoutingStream {
                        first,
                        rest,
                        ticket: None,
                        pending: None,
                    });
                }
                (Err(error), None) => return Err(error),
            }
            stmt = spare;
        }
        let rest = sent.ticket.connection.stream_raw(stmt).await;
        Ok(RoutingStream {
            first: None,
            rest: self.noted(&sent, rest)?,
            ticket: Some(sent.ticket),
            pending: sent.pending,
        })
    }
}

/// The stream and its first row, or the error in its place.
async fn begin(
    connection: &DatabaseConnection,
    stmt: Statement,
) -> Result<(Option<Row>, QueryStream), DbErr> {
    let mut rest = connection.stream_raw(stmt).await?;
    let first = std::future::poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await;
    Ok((first, rest))
}

/// A stream reads all its rows from one node.
impl StreamTrait for RoutingDatabase {
    type Stream<'a> = RoutingStream;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        Box::pin(async move {
            let decision = self.route_raw(stmt.db_backend, &stmt.sql)?;
            let sent = self.dispatch(decision, &stmt.sql).await?;
            self.open_stream(sent, stmt).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let routed = self.route_built(stmt);
        Box::pin(async move {
            let (decision, stmt) = routed?;
            let sent = self.dispatch(decision, &stmt.sql).await?;
            self.open_stream(sent, stmt).await
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
            let running = self.opened_for(stmt.db_backend, &stmt.sql).await?;
            running.stream(stmt).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let prepared = self.prepare(ConnectionTrait::get_database_backend(self), stmt);
        Box::pin(async move {
            let (decision, stmt) = prepared?;
            let running = self.run_on(decision, stmt.db_backend, &stmt.sql).await?;
            running.stream(stmt).await
        })
    }
}

/// As that of the part in which the statement runs.
impl StreamTrait for DistributedTransaction {
    type Stream<'a> = TransactionStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        match self.part_of(stmt.db_backend, &stmt.sql) {
            Ok(part) => part.stream_raw(stmt),
            Err(error) => Box::pin(async { Err(error.into()) }),
        }
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        match self.part_for(stmt) {
            Ok(part) => part.stream(stmt),
            Err(error) => Box::pin(async { Err(error.into()) }),
        }
    }
}

impl<'t> Running<'t> {
    /// Not confirmed before the transaction ends: the stream is the driver's own, and may be dropped.
    async fn stream(self, stmt: Statement) -> Result<TransactionStream<'t>, DbErr> {
        self.transaction().stream_raw(stmt).await
    }
}
