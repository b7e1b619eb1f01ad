use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryStream, Statement,
    StatementBuilder, StreamTrait, TransactionStream,
};

use tokio::runtime::Handle;

use super::{
    connection::Sent,
    watch::{Row, Watch},
};
use crate::{
    database::RoutingDatabase,
    distributed::DistributedTransaction,
    error::RoutingError,
    modification::Pending,
    node::Ticket,
    transaction::{RoutingTransaction, Running},
};

type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

/// The rows of one statement from one node.
///
/// It ends with [`RoutingError::NodeDown`] or [`RoutingError::MasterChanged`] when its slave has stopped answering or
/// its master was replaced, instead of waiting for ever.
pub struct RoutingStream {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    // Before `ticket`: the work has ended when its connection is back. Gone when it is given up.
    rest: Option<QueryStream>,
    /// Gone after an error in place of the first row.
    ticket: Option<Ticket>,
    /// What the statement changes; told when the last row has come.
    pending: Option<Pending>,
    /// Gone when the work has ended, or after an error in place of the first row. It keeps the monitor.
    watch: Option<Watch>,
}

impl Stream for RoutingStream {
    type Item = Row;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let next = Pin::new(rest).poll_next(context);
        if let Some(watch) = &mut self.watch
            && let Err(error) = watch.note(&next, context)
        {
            if let Some(rest) = self.rest.take() {
                run_out(rest);
            }
            self.ticket = None;
            self.watch = None;
            return Poll::Ready(Some(Err(error.into())));
        }
        match &next {
            Poll::Ready(Some(Err(error))) => self.fail(error),
            Poll::Ready(None) => self.end(),
            _ => {}
        }
        next
    }
}

impl RoutingStream {
    /// The work has ended, although the stream is still there.
    fn end(&mut self) {
        self.ticket = None;
        self.watch = None;
        if let Some(pending) = self.pending.take() {
            pending.confirm(None);
        }
    }

    fn fail(&mut self, error: &DbErr) {
        match self.pending.take() {
            Some(pending) if !RoutingError::may_have_happened(error) => pending.forget(),
            // Dropped, it tells that it may have happened.
            _ => {}
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
    /// A stream that another node may take over is begun here, since that ends with its first row.
    async fn open_stream(
        &self,
        mut sent: Sent,
        mut stmt: Statement,
    ) -> Result<RoutingStream, DbErr> {
        while sent.may_run_again() {
            let spare = stmt.clone();
            let begun = sent.attempt(begin(&sent.ticket.connection, stmt)).await;
            let (error, rest) = match begun {
                Err(error) => (error, None),
                Ok((Some(Err(error)), rest)) => (error, Some(rest)),
                Ok((first, rest)) => {
                    self.noted(&sent, Ok(()))?;
                    return Ok(self.stream_of(sent, first, rest));
                }
            };
            match (self.after(sent, error, &spare.sql).await, rest) {
                (Ok(next), _) => sent = next,
                // The driver's streams tell their errors themselves.
                (Err(error), Some(rest)) => {
                    return Ok(RoutingStream {
                        first: Some(Err(error)),
                        rest: Some(rest),
                        ticket: None,
                        pending: None,
                        watch: None,
                    });
                }
                (Err(error), None) => return Err(error),
            }
            stmt = spare;
        }
        let rest = sent.attempt(sent.ticket.connection.stream_raw(stmt)).await;
        let rest = self.noted(&sent, rest)?;
        Ok(self.stream_of(sent, None, rest))
    }

    fn stream_of(&self, sent: Sent, first: Option<Row>, rest: QueryStream) -> RoutingStream {
        RoutingStream {
            first,
            rest: Some(rest),
            watch: Some(Watch::new(sent.ticket.node(), &self.dispatcher)),
            ticket: Some(sent.ticket),
            pending: sent.pending,
        }
    }
}

/// Reads what may still come, for nobody: `sqlx-mysql` loses its place where a stream is dropped in mid-packet, and its
/// connection would never come back to the pool: <https://github.com/launchbadge/sqlx/issues/563>.
fn run_out(mut rest: QueryStream) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await
            {
            }
        });
    }
}

/// The stream and its first row, or the error in its place.
async fn begin(
    connection: &DatabaseConnection,
    stmt: Statement,
) -> Result<(Option<Row>, QueryStream), DbErr> {
    let mut rest = connection.stream_raw(stmt).await?;
    let first = poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await;
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

/// The rows of one statement in a transaction, whose connection it holds until it is dropped.
///
/// It ends as a [`RoutingStream`] does.
pub struct RoutingTransactionStream<'t> {
    /// Gone when it is given up.
    rest: Option<TransactionStream<'t>>,
    watch: Watch,
}

impl Stream for RoutingTransactionStream<'_> {
    type Item = Row;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let next = Pin::new(rest).poll_next(context);
        match self.watch.note(&next, context) {
            Ok(()) => next,
            Err(error) => {
                self.rest = None;
                Poll::Ready(Some(Err(error.into())))
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
    type Stream<'a> = RoutingTransactionStream<'a>;

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
    async fn stream(self, stmt: Statement) -> Result<RoutingTransactionStream<'t>, DbErr> {
        let opened = self.opening(self.transaction().stream_raw(stmt)).await?;
        Ok(RoutingTransactionStream {
            rest: Some(opened),
            watch: Watch::new(self.node(), self.dispatcher()),
        })
    }
}
