use maud::{Markup, html};
use sea_orm_routing::recording::RecordedStatement;

use crate::statements::{Record, ServedRequest};

/// The statements that made this page, and those of the request that led to it by a redirect.
pub(super) fn of_this_request() -> Markup {
    let record = Record::current();
    let origin = record.as_ref().and_then(|record| record.origin.as_deref());
    let statements = record.as_ref().map(|record| record.db.statements());
    let statements = statements.unwrap_or_default();
    html! {
        @if let Some(origin) = origin { (of_request(origin)) }
        section.this-request {
            h2 { "Statements of this page" }
            (table(&statements))
        }
    }
}

/// The statements of an earlier request.
pub(super) fn of_request(request: &ServedRequest) -> Markup {
    html! {
        section.earlier-request {
            h2 { (request.method) " " (request.path) " (" (request.status.as_u16()) ")" }
            (table(&request.statements))
        }
    }
}

fn table(statements: &[RecordedStatement]) -> Markup {
    html! {
        @if statements.is_empty() {
            p { "None." }
        } @else {
            table.statements {
                thead {
                    tr { th { "Statement" } th { "Node" } th { "Role" } th { "Why there" } th { "Outcome" } }
                }
                tbody {
                    @for statement in statements { (row(statement)) }
                }
            }
        }
    }
}

fn row(statement: &RecordedStatement) -> Markup {
    let (route, milliseconds) = (&statement.route, statement.duration.as_secs_f64() * 1_000.0);
    html! {
        tr.statement {
            td { code { (statement.sql) } }
            td.node { (route.bind) "." (route.node) }
            td class=(route.role) { (route.role) }
            td { (route.access) ": " (route.reason) }
            td { (format!("{milliseconds:.1} ms, {}", statement.outcome)) }
        }
    }
}
