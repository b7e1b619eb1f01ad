use sea_orm::DbBackend;

use super::super::lexer::{Executable, Fault, Text};
use super::super::walk::Tables;
use super::super::{Access, Class, Functions, Reason};
use super::{Statement, Verdict};

/// Says what a statement is.
///
/// Never panics, takes time linear in the text and has no recursion. What is not proven to be a read
/// is a write.
pub fn classify(backend: DbBackend, sql: &str, functions: &Functions) -> Class {
    let text = Text::read(backend, sql, Executable::Run);
    let class = class_of(&text, functions);
    if !text.has_executable_comment() || !class.is_read() {
        return class;
    }
    // The server may run the code in the comment or skip it: both must be reads.
    let skipped = Text::read(backend, sql, Executable::Skip);
    if class_of(&skipped, functions).is_read() {
        return class;
    }
    Class {
        access: Access::Write,
        reason: Reason::ExecutableComment,
        ..class
    }
}

fn class_of(text: &Text<'_>, functions: &Functions) -> Class {
    let mut tables = Tables::default();
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
        (Some(Fault::TooLong), _) => (Access::Write, Reason::TooLong),
        (Some(Fault::Unreadable), _) | (None, None) => (Access::Write, Reason::Unparsed),
        (None, Some(verdict)) => (verdict.access, verdict.reason),
    };
    Class {
        access,
        tables: tables.distinct(),
        reason,
    }
}

fn after_semicolons(text: &Text<'_>, mut at: usize) -> usize {
    while text.is_symbol(at, b';') {
        at += 1;
    }
    at
}
