use maud::{Markup, html};

use crate::statements::{Record, ServedRequest, Statement};

/// The statements that made this page, and those of the request that led to it by a redirect.
pub(super) fn of_this_request() -> Markup {
    let record = Record::current();
    let origin = record.as_ref().and_then(|record| record.origin.as_deref());
    let statements = record.as_ref().map(Record::statements).unwrap_or_default();
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

fn table(statements: &[Statement]) -> Markup {
    html! {
        @if statements.is_empty() {
            p { "None." }
        } @else {
            table.statements {
                thead {
                    tr { th { "Statement" } th { "Node" } th { "Role" } th { "Why there" } }
                }
                tbody {
                    @for statement in statements { (row(statement)) }
                }
            }
        }
    }
}

fn row(statement: &Statement) -> Markup {
    let Statement {
        sql,
        bind,
        node,
        role,
        access,
        reason,
    } = statement;
    html! {
        tr.statement {
            td { code { (sql) } }
            td.node { (bind) "." (node) }
            td class=(role) { (role) }
            td {
                (access)
                @if !reason.is_empty() { ": " (reason) }
            }
        }
    }
}
