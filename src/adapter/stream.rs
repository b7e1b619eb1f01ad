use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryStream, Statement, StatementBuilder, StreamTrait,
    TransactionStream,
};

use tokio::runtime::Handle;

use super::watch::{Row, Watch};
use crate::{
    database::RoutingDatabase,
    dispatch::{Attempt, Decision, Parcel, Router, Work, forget_unless_it_happened},
    distributed::DistributedTransaction,
    modification::Pending,
    node::Ticket,
    transaction::{RoutingTransaction, Running},
};

type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

/// The rows of one statement from one node.
///
/// It ends with [`RoutingError::NodeDown`](crate::RoutingError::NodeDown) or
/// [`RoutingError::MasterChanged`](crate::RoutingError::MasterChanged) when its slave has stopped answering or
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
        if let Some(pending) = self.pending.take() {
            forget_unless_it_happened(pending, error);
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

/// A stream that begins. Where another node may take over, the first row is waited for: that ends with it.
struct Opening {
    parcel: Parcel<'static>,
    /// What has given an error in place of its first row.
    failed: Option<QueryStream>,
}

impl Work for Opening {
    type Answer = RoutingStream;

    fn sql(&mut self, sent: &Decision) -> &str {
        self.parcel.restore(sent);
        self.parcel.sql()
    }

    async fn run(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        again: bool,
    ) -> Result<RoutingStream, DbErr> {
        let Self { parcel, failed } = self;
        *failed = None;
        let attempt = Attempt::new(router, decision, parcel.sql());
        let statement = parcel.send(decision, again);
        let begin = async {
            let mut rest = decision.node.connection.stream_raw(statement).await?;
            let first = match again {
                true => poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await,
                false => None,
            };
            match first {
                Some(Err(error)) => {
                    *failed = Some(rest);
                    Err(error)
                }
                first => Ok((first, rest)),
            }
        };
        match decision.noted(router, decision.served(begin).await) {
            Ok((first, rest)) => Ok(RoutingStream {
                first,
                rest: Some(rest),
                watch: Some(Watch::new(&decision.node, router.dispatcher())),
                ticket: Some(attempt.ticket),
                pending: attempt.pending,
            }),
            Err(error) => {
                if let Some(pending) = attempt.pending {
                    forget_unless_it_happened(pending, &error);
                }
                Err(error)
            }
        }
    }
}

impl RoutingDatabase {
    async fn open_stream(
        &self,
        decision: Decision,
        parcel: Parcel<'static>,
    ) -> Result<RoutingStream, DbErr> {
        let mut opening = Opening {
            parcel,
            failed: None,
        };
        match self.router().run(decision, &mut opening).await {
            Ok(stream) => Ok(stream),
            // The driver's streams tell their errors themselves.
            Err(error) => match opening.failed {
                Some(rest) => Ok(RoutingStream {
                    first: Some(Err(error)),
                    rest: Some(rest),
                    ticket: None,
                    pending: None,
                    watch: None,
                }),
                None => Err(error),
            },
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
            let mut parcel = Parcel::given(stmt);
            let decision = match self.router().decide_for(&mut parcel) {
                Ok(decision) => decision,
                Err(error) => self.router().decide_asking(error, &mut parcel).await?,
            };
            let decision = self.router().fit_stream(decision)?;
            self.open_stream(decision, parcel).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let mut parcel = Parcel::built(ConnectionTrait::get_database_backend(self), stmt);
        let decision = self.router().decide_for(&mut parcel);
        let mut parcel = parcel.rendered();
        Box::pin(async move {
            let decision = match decision {
                Ok(decision) => decision,
                Err(error) => self.router().decide_asking(error, &mut parcel).await?,
            };
            let decision = self.router().fit_stream(decision)?;
            self.open_stream(decision, parcel).await
        })
    }
}

/// The rows of one statement in a transaction, whose connection it holds until it is dropped.
///
/// It ends as a [`RoutingStream`] does.
pub struct RoutingTransactionStream<'t> {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    /// Gone when it is given up.
    rest: Option<TransactionStream<'t>>,
    watch: Watch,
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
        match self.part_of(parcel.backend(), parcel.sql()) {
            Ok(part) => {
                let setting = self.setting(&parcel);
                let streaming = part.stream_parcel(parcel);
                Box::pin(async move {
                    self.set(setting).await?;
                    streaming.await
                })
            }
            Err(_) => {
                let parcel = parcel.rendered();
                Box::pin(async move {
                    let part = self.part_for(parcel.backend(), parcel.sql()).await?;
                    self.set(self.setting(&parcel)).await?;
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
        })
    }
}
