use sea_orm::DbBackend;

use super::super::lexer::{LexFault, Reading, SqlText};
use super::super::walk::NamedTables;
use super::super::{Access, Class, Functions, Reason};
use super::{Statement, Verdict};

/// Says what a statement is.
///
/// Never panics, takes time linear in the text and has no recursion. What is not proven to be a read
/// is a write.
pub fn classify(backend: DbBackend, sql: &str, functions: &Functions) -> Class {
    let text = SqlText::read(backend, sql, Reading::Usual);
    let mut class = class_of(&text, functions);
    for reading in text.other_readings() {
        if class.is_read() && !is_harmless(backend, sql, *reading, functions) {
            class.access = Access::Write;
            class.reason = match reading {
                Reading::SkippingCode => Reason::ExecutableComment,
                _ => Reason::AmbiguousString,
            };
        }
    }
    class
}

/// Whether a text does nothing if the server reads it in another way than usual: it is a read then too,
/// or no statement at all.
fn is_harmless(backend: DbBackend, sql: &str, reading: Reading, functions: &Functions) -> bool {
    let text = SqlText::read(backend, sql, reading);
    let is_refused = text.fault() == Some(LexFault::Unreadable) && reading != Reading::SkippingCode;
    is_refused || class_of(&text, functions).is_read()
}

fn class_of(text: &SqlText<'_>, functions: &Functions) -> Class {
    let mut tables = NamedTables::default();
    let mut found: Option<Verdict> = None;
    let mut at = 0;
    while at < text.len() {
        let verdict = Statement::new(text, functions, &mut tables, at).read();
        at = after_semicolons(text, verdict.end);
        found = match found {
            None => Some(verdict),
            Some(_) => Some(Verdict::write(at, Reason::SeveralStatements)),
        };
    }
    let (access, reason) = match (text.fault(), found) {
        (Some(LexFault::TooLong), _) => (Access::Write, Reason::TooLong),
        (Some(LexFault::Unreadable), _) | (None, None) => (Access::Write, Reason::Unparsed),
        (None, Some(verdict)) => (verdict.access, verdict.reason),
    };
    Class {
        access,
        tables: tables.distinct(),
        reason,
    }
}

fn after_semicolons(text: &SqlText<'_>, mut at: usize) -> usize {
    while text.is_symbol(at, b';') {
        at += 1;
    }
    at
}
