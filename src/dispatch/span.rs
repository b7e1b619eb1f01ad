use std::fmt::Write;

use sea_orm::DbBackend;
use tracing::{Level, Span, field::Empty, info_span, span_enabled};

use super::{Decision, Scope};
use crate::{events::ROUTE, recording::Outcome};

/// Characters of a summary: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query>.
const MOST_OF_SUMMARY: usize = 255;

/// The span of a statement at its node, with the stable attributes of OpenTelemetry's convention for databases (1.33 and later:
/// <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>), and the route.
#[derive(Debug)]
pub(super) struct StatementSpan(Span);

impl StatementSpan {
    /// Whether somebody listens.
    #[inline(always)]
    pub(super) fn is_wanted() -> bool {
        span_enabled!(target: ROUTE, Level::INFO)
    }

    pub(super) fn none() -> Self {
        Self(Span::none())
    }

    pub(super) fn of(decision: &Decision, scope: &Scope, text: Option<&str>) -> Self {
        if !Self::is_wanted() {
            return Self::none();
        }
        let (node, judgement) = (&*decision.node, &*decision.judgement);
        let server = node.opener.server();
        let operation = judgement.operation().name();
        let tables = &judgement.class.tables;
        let collection = match tables.as_slice() {
            [table] => Some(table.name.as_str()),
            _ => None,
        };
        let mut summary = operation.to_owned();
        for table in tables {
            if summary.len() + table.name.len() < MOST_OF_SUMMARY {
                // Writing to a text does not fail.
                let _ = write!(summary, " {}", table.name);
            }
        }
        Self(info_span!(
            target: ROUTE,
            "statement",
            otel.name = summary,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = server.system.unwrap_or_else(|| system(node.backend)),
            db.namespace = server.namespace,
            db.operation.name = operation,
            db.collection.name = collection,
            db.query.summary = summary,
            db.query.text = text,
            db.response.status_code = Empty,
            server.address = server.host,
            server.port = server.port,
            "error.type" = Empty,
            bind = %node.bind,
            node = %node.name,
            role = %node.role,
            access = %decision.access(),
            reason = %decision.reason(),
            session = scope.session.unwrap_or_else(|| node.replication.memory.current()).ordinal(),
            outcome = Empty,
        ))
    }

    pub(super) fn span(&self) -> &Span {
        &self.0
    }

    pub(super) fn end(&self, outcome: &Outcome) {
        self.0.record("outcome", outcome.name());
        if let Some(error) = outcome.error_type() {
            self.0.record("error.type", error);
            self.0.record("otel.status_code", "ERROR");
            if error.bytes().all(|byte| !byte.is_ascii_lowercase()) {
                self.0.record("db.response.status_code", error);
            }
        }
    }

    pub(super) fn within(&self, work: impl FnOnce()) {
        self.0.in_scope(work);
    }
}

fn system(backend: Option<DbBackend>) -> &'static str {
    match backend {
        Some(DbBackend::Postgres) => "postgresql",
        Some(DbBackend::MySql) => "mysql",
        Some(DbBackend::Sqlite) => "sqlite",
        _ => "other_sql",
    }
}
