use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, StatementBuilder, StreamTrait};
use tokio::runtime::Handle;

use super::watch::{Row, Watch};
use crate::{
    database::RoutingDatabase,
    dispatch::{
        Attempt, Decision, Parcel, Router, Telling, Wording, Work, forget_unless_it_happened,
        while_up,
    },
    driver::Rows,
    error::RoutingError,
    modification::Pending,
    node::{Role, Ticket},
};

pub(super) type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

/// The rows of one statement from one node.
///
/// The stream does not wait for ever. It ends with [`RoutingError::NodeDown`](crate::RoutingError::NodeDown) when its slave has stopped
/// answering, and with [`RoutingError::MasterChanged`](crate::RoutingError::MasterChanged) when its master was replaced.
pub struct RoutingStream {
    /// What was read to learn whether the node serves the statement.
    first: Option<Row>,
    // Before `rest`: whether that is given up is known before its connection is back.
    /// Gone when the work has ended, or after an error in place of the first row. It keeps the monitor.
    watch: Option<Watch>,
    // Before `ticket`: the work has ended when its connection is back. Gone when it is given up.
    rest: Option<Rows>,
    /// Gone after an error in place of the first row.
    ticket: Option<Ticket>,
    /// What the statement changes; told when the last row has come.
    pending: Option<Pending>,
    /// Gone when it has ended.
    telling: Option<Telling>,
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
            let error = error.into();
            self.tell(|telling| telling.fail(&error));
            return Poll::Ready(Some(Err(error)));
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
        self.tell(Telling::succeed);
        if let Some(pending) = self.pending.take() {
            pending.confirm(None);
        }
    }

    fn tell(&mut self, end: impl FnOnce(&mut Telling)) {
        if let Some(mut telling) = self.telling.take() {
            end(&mut telling);
        }
    }

    fn fail(&mut self, error: &DbErr) {
        self.tell(|telling| telling.fail(error));
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
fn run_out(mut rest: Rows) {
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
    failed: Option<Rows>,
}

impl Work for Opening {
    type Answer = RoutingStream;
    type Attempt = Attempt;
    type Sent = (Option<Row>, Rows);

    const IS_FITTED: bool = true;

    fn may_be_repeated(&self, decision: &Decision) -> bool {
        // Only PostgreSQL's streams are read-only where their session is not.
        decision.node.role == Role::Slave || decision.node.backend == Some(DbBackend::Postgres)
    }

    fn decide(&mut self, router: Router<'_>) -> Result<Decision, RoutingError> {
        router.decide_for(&mut self.parcel)
    }

    async fn decide_asking(
        &mut self,
        router: Router<'_>,
        error: RoutingError,
    ) -> Result<Decision, RoutingError> {
        router.decide_asking(error, &mut self.parcel).await
    }

    fn fit(&self, router: Router<'_>, decision: Decision) -> Result<Decision, RoutingError> {
        router.fit_stream(decision)
    }

    fn unsent(&self) -> Option<Wording<'_>> {
        Some(self.parcel.wording())
    }

    fn sql(&mut self, sent: &Decision) -> &str {
        self.parcel.restore(sent);
        self.parcel.sql()
    }

    fn start<'w>(
        &'w mut self,
        router: Router<'_>,
        decision: &'w Decision,
        again: bool,
    ) -> (
        Attempt,
        impl Future<Output = Result<Self::Sent, DbErr>> + Send + 'w,
    ) {
        let Self { parcel, failed, .. } = self;
        *failed = None;
        let attempt = Attempt::new(router, decision, parcel.sql());
        let statement = parcel.send(decision, again);
        let channel = router.channel(decision);
        let begin = async move {
            let mut rest = channel.stream_raw(statement).await?;
            let first = match again {
                true => poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await,
                false => None,
            };
            match first {
                Some(Err(error)) => {
                    *failed = Some(rest);
                    Err(error)
                }
                first => match decision.still_holds() {
                    Ok(()) => Ok((first, rest)),
                    Err(error) => {
                        run_out(rest);
                        Err(error.into())
                    }
                },
            }
        };
        let begin = attempt.telling.in_span(begin);
        (attempt, decision.served(while_up(&decision.node, begin)))
    }

    fn finish(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        mut attempt: Attempt,
        sent: Result<Self::Sent, DbErr>,
    ) -> Result<RoutingStream, DbErr> {
        match decision.noted(router, sent) {
            Ok((first, rest)) => {
                // Its rows are of a snapshot that is not younger than this.
                attempt.ticket.note_seen();
                Ok(RoutingStream {
                    first,
                    rest: Some(rest),
                    watch: Some(Watch::new(&decision.node, router.dispatcher())),
                    ticket: Some(attempt.ticket),
                    pending: attempt.pending,
                    telling: Some(attempt.telling),
                })
            }
            Err(error) => {
                attempt.note_failure(decision, &error);
                if let Some(pending) = attempt.pending {
                    forget_unless_it_happened(pending, &error);
                }
                Err(error)
            }
        }
    }

    /// The driver's streams tell their errors themselves.
    fn fail(self, error: DbErr) -> Result<RoutingStream, DbErr> {
        match self.failed {
            Some(rest) => Ok(RoutingStream {
                first: Some(Err(error)),
                rest: Some(rest),
                ticket: None,
                pending: None,
                watch: None,
                telling: None,
            }),
            None => Err(error),
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
        Box::pin(self.router().run(Opening {
            parcel: Parcel::given(stmt),
            failed: None,
        }))
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let parcel = Parcel::built(ConnectionTrait::get_database_backend(self), stmt);
        let router = self.router();
        // Where it runs is decided where it is waited for, and its tree is gone by then: it is rendered for where it would
        // go here, and for no other dialect, which may lack what it says.
        let expected = router.expected_dialect(parcel.wording());
        Box::pin(router.run(Opening {
            parcel: parcel.rendered_for(expected),
            failed: None,
        }))
    }
}
