use std::{borrow::Cow, sync::Arc, time::SystemTime};

use sea_orm::DbErr;
use tokio::time::Instant;
use tracing::{Level, debug, event_enabled, info};

use super::{Decision, Dispatcher, Scope, span::StatementSpan};
use crate::{
    classify::{Access, Operation, Reason, verb},
    error::error_type,
    events::ROUTE,
    freshness::Moment,
    node::{Node, Role},
    recording::{Outcome, RecordedStatement, Recorders, shortened},
    route::{BindReason, NodeReason, Route, RouteReason},
    tally::{Kind, Measured},
};

/// Work at a node, of which is told when it ends, however it ends: by one event, in metrics, by its span and in its session's
/// list, as far as these are on.
#[must_use = "dropped, it tells that the work was cancelled"]
#[derive(Debug)]
pub(crate) struct Telling {
    measured: Measured,
    told: Option<Box<Told>>,
}

/// Work of which more is told than how many there were.
#[derive(Debug)]
struct Told {
    work: Work,
    started: Instant,
    sent: SystemTime,
    sql: Option<String>,
    echo: bool,
    recorder: Option<Arc<Recorders>>,
    span: StatementSpan,
}

#[derive(Debug)]
enum Work {
    Statement(Decision),
    /// The beginning or end of a transaction.
    Transaction(Arc<Node>),
}

impl Dispatcher {
    /// Has told of a statement that is about to run.
    #[inline(always)]
    pub(crate) fn tell(&self, decision: &Decision, sql: &str, scope: &Scope) -> Telling {
        let node = &*decision.node;
        let measured = Measured::begin(&node.tallies, decision.taken, || Kind {
            operation: decision.judgement.operation(),
            access: decision.access(),
            is_on_master: node.role == Role::Master,
            reason: decision.node_reason.number(),
        });
        let recorder = scope.recorder();
        let is_told = self.echo || recorder.is_some() || is_wanted();
        Telling {
            measured,
            told: match is_told {
                true => self.told(decision, sql, scope, recorder),
                false => None,
            },
        }
    }

    #[inline(never)]
    fn told(
        &self,
        decision: &Decision,
        sql: &str,
        scope: &Scope,
        recorder: Option<Arc<Recorders>>,
    ) -> Option<Box<Told>> {
        let needs_text = self.echo || recorder.is_some();
        Some(Box::new(Told {
            span: StatementSpan::of(decision, scope, self.echo.then_some(sql)),
            work: Work::Statement(decision.clone()),
            started: Instant::now(),
            sent: SystemTime::now(),
            sql: needs_text.then(|| match self.echo {
                true => sql.to_owned(),
                false => shortened(sql),
            }),
            echo: self.echo,
            recorder,
        }))
    }

    /// Has told of a transaction's begin or end, like of a statement.
    pub(crate) fn tell_transaction(
        &self,
        node: &Arc<Node>,
        sql: &str,
        recorder: Option<Arc<Recorders>>,
    ) -> Telling {
        let measured = Measured::begin(&node.tallies, Moment::FIRST, || Kind {
            operation: Operation::named(node.backend.map_or(sql, |backend| verb(backend, sql))),
            access: access_of(node),
            is_on_master: node.role == Role::Master,
            reason: NodeReason::Transaction.number(),
        });
        let is_told =
            self.echo || recorder.is_some() || event_enabled!(target: ROUTE, Level::DEBUG);
        if self.echo {
            info!(target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
        } else {
            debug!(target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, sql, "transaction");
        }
        let told = is_told.then(|| {
            Box::new(Told {
                span: StatementSpan::none(),
                work: Work::Transaction(node.clone()),
                started: Instant::now(),
                sent: SystemTime::now(),
                sql: Some(sql.to_owned()),
                echo: self.echo,
                recorder,
            })
        });
        Telling { measured, told }
    }
}

/// Whether somebody listens to events or spans.
#[inline(always)]
fn is_wanted() -> bool {
    event_enabled!(target: ROUTE, Level::DEBUG) || StatementSpan::is_wanted()
}

impl Telling {
    /// Tells how the work has ended.
    #[inline(always)]
    pub(crate) fn end<T>(&mut self, answer: &Result<T, DbErr>) {
        match answer {
            Ok(_) => self.succeed(),
            Err(error) => self.fail(error),
        }
    }

    /// Tells how the work of a decision has ended; one that has ended does not end again.
    #[inline(always)]
    pub(super) fn end_of<T>(&mut self, decision: &Decision, answer: Result<T, &DbErr>) {
        match answer {
            Ok(_) => self.succeed(),
            Err(error) => match decision.healable(error) {
                Some(_) => self.refuse(error),
                None => self.fail(error),
            },
        }
    }

    /// What tells of it from now on; here it has ended.
    pub(super) fn take(&mut self) -> Self {
        Self {
            measured: self.measured.take(),
            told: self.told.take(),
        }
    }

    /// Waits for `work`, and tells how it has ended.
    pub(crate) async fn of<T>(
        mut self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let answer = work.await;
        self.end(&answer);
        answer
    }

    #[inline(always)]
    pub(crate) fn succeed(&mut self) {
        self.measured.end("ok", None);
        if let Some(told) = self.told.take() {
            told.end(&Outcome::Ok);
        }
    }

    #[inline(never)]
    pub(crate) fn fail(&mut self, error: &DbErr) {
        self.end_as(Outcome::Error, error);
    }

    /// Tells that a slave has refused it, and that it runs elsewhere.
    #[inline(never)]
    fn refuse(&mut self, error: &DbErr) {
        self.end_as(Outcome::Refused, error);
    }

    fn end_as(&mut self, outcome: impl Fn(Cow<'static, str>) -> Outcome, error: &DbErr) {
        let outcome = outcome(error_type(error));
        self.measured.end(outcome.name(), outcome.error_type());
        if let Some(told) = self.told.take() {
            told.end(&outcome);
        }
    }

    /// The same work, in its span.
    #[cfg(feature = "tracing-spans")]
    pub(crate) fn in_span<F: Future>(&self, work: F) -> tracing::instrument::Instrumented<F> {
        let span = self.told.as_ref().map(|told| told.span.span().clone());
        tracing::Instrument::instrument(work, span.unwrap_or_else(tracing::Span::none))
    }

    /// The same work: there are no spans.
    #[cfg(not(feature = "tracing-spans"))]
    #[inline(always)]
    #[allow(clippy::unused_self, reason = "with spans it is used")]
    pub(crate) fn in_span<F: Future>(&self, work: F) -> F {
        work
    }
}

impl Drop for Telling {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(told) = self.told.take() {
            told.end(&Outcome::Cancelled);
        }
    }
}

impl Work {
    fn route(&self, sql: &str) -> Route {
        match self {
            Self::Statement(decision) => decision.route(),
            Self::Transaction(node) => Route {
                bind: node.bind.clone(),
                node: node.name.clone(),
                role: node.role,
                access: access_of(node),
                reason: RouteReason {
                    access: Reason::Runs(sql.to_owned()),
                    bind: BindReason::Transaction,
                    node: NodeReason::Transaction,
                },
            },
        }
    }
}

/// What a transaction there does: on a slave it only reads.
fn access_of(node: &Node) -> Access {
    match node.role {
        Role::Master => Access::Write,
        Role::Slave => Access::Read,
    }
}

impl Told {
    #[cold]
    fn end(self, outcome: &Outcome) {
        let duration = self.started.elapsed();
        self.span.end(outcome);
        self.span
            .within(|| self.write(outcome, duration.as_secs_f64()));
        if let Some(recorder) = self.recorder {
            let sql = self.sql.unwrap_or_default();
            recorder.note(RecordedStatement {
                route: self.work.route(&sql),
                sql,
                sent: self.sent,
                duration,
                outcome: outcome.clone(),
            });
        }
    }

    /// Writes the one event.
    ///
    /// None holds bound values; the text, which may hold literals, is only in those of `echo`.
    fn write(&self, outcome: &Outcome, duration: f64) {
        let (error_type, outcome) = (outcome.error_type(), outcome.name());
        let sql = self.sql.as_deref();
        match &self.work {
            Work::Statement(decision) => {
                let (node, access) = (&*decision.node, decision.access());
                let reason = decision.reason();
                if self.echo {
                    info!(
                        target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, %access, %reason, outcome,
                        duration, error_type, sql, "statement"
                    );
                } else {
                    debug!(
                        target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, %access, %reason, outcome,
                        duration, error_type, "statement"
                    );
                }
            }
            // It was told when it began, too: what a crash interrupts is seen in the log.
            Work::Transaction(node) => {
                if self.echo {
                    info!(
                        target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, outcome, duration, error_type, sql,
                        "transaction answered"
                    );
                } else {
                    debug!(
                        target: ROUTE, bind = %node.bind, node = %node.name, role = %node.role, outcome, duration, error_type, sql,
                        "transaction answered"
                    );
                }
            }
        }
    }
}
