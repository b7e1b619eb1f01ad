use sea_orm::DbBackend;

use super::super::lexer::{LexFault, Reading, SqlText};
use super::super::walk::{
    NamedTables, note_relation_names, note_row_types, note_rows_about_tables,
};
use super::super::{Access, Action, Class, Functions, Reach, Reason, Table};
use super::{Statement, Verdict};

/// Says what a statement is.
///
/// Never panics, takes time linear in the text and has no recursion. What is not proven to be a read
/// is a write.
pub fn classify(backend: DbBackend, sql: &str, functions: &Functions) -> Class {
    classify_into(backend, sql, functions, &mut NamedTables::default())
}

/// The same, with the names in what is neither a query nor a change of rows that no rule took for tables, other objects or
/// columns.
pub(crate) fn classify_with_loose(
    backend: DbBackend,
    sql: &str,
    functions: &Functions,
) -> (Class, Vec<Table>) {
    let mut tables = NamedTables::with_loose();
    let class = classify_into(backend, sql, functions, &mut tables);
    (class, tables.loose())
}

fn classify_into(
    backend: DbBackend,
    sql: &str,
    functions: &Functions,
    tables: &mut NamedTables,
) -> Class {
    let text = SqlText::read(backend, sql, Reading::default());
    let mut class = class_into(&text, functions, tables);
    if text.doubts().code {
        add_tables_without_code(&mut class, &text, sql, functions);
    }
    if class.reach < Reach::Connection
        && let Some(reason) = effect_in_another_reading(&text, sql, functions, class.reach)
    {
        class.access = Access::Write;
        class.reach = Reach::of(&reason);
        class.blame(reason);
    }
    class
}

/// A server that skips an executable comment may read another table behind it: then all count that any server reads.
fn add_tables_without_code(
    class: &mut Class,
    usual: &SqlText<'_>,
    sql: &str,
    functions: &Functions,
) {
    for skips_code in usual.doubts().skipped_code() {
        let reading = Reading {
            skips_code,
            ..Reading::default()
        };
        let text = SqlText::read(usual.backend, sql, reading);
        add_tables(class, class_of(&text, functions).tables);
    }
}

/// Of a reading in which a table is missing, the next word is none.
fn add_tables(class: &mut Class, tables: Vec<Table>) {
    const RESERVED: [&str; 6] = ["AS", "FROM", "SELECT", "SET", "VALUES", "WHERE"];
    let is_word = |table: &Table| {
        let is_it = |word: &&str| table.name.eq_ignore_ascii_case(word);
        table.schema.is_none() && RESERVED.iter().any(is_it)
    };
    for table in tables.into_iter().filter(|table| !is_word(table)) {
        let is_known = |known: &&mut Table| known.has_name_of(&table);
        match class.tables.iter_mut().find(is_known) {
            Some(known) => known.usage = known.usage.max(table.usage),
            None => class.tables.push(table),
        }
    }
}

/// Why a text reaches farther if the server reads it in another way than usual. It has at most eight
/// readings, and each is looked at once.
fn effect_in_another_reading(
    usual: &SqlText<'_>,
    sql: &str,
    functions: &Functions,
    reach: Reach,
) -> Option<Reason> {
    if usual.doubts().mixed_code {
        return Some(Reason::ExecutableComment);
    }
    let mut others = Reading::default().others(usual.doubts()).peekable();
    others.peek()?;
    let mut known = vec![Reading::default()];
    known.extend(others);
    let mut next = 1;
    while let Some(reading) = known.get(next).copied() {
        next += 1;
        let text = SqlText::read(usual.backend, sql, reading);
        if text.doubts().mixed_code || !is_harmless(&text, reading, functions, reach) {
            return Some(match reading.skips_code {
                0 => Reason::AmbiguousString,
                _ => Reason::ExecutableComment,
            });
        }
        let others = reading.others(text.doubts());
        let others: Vec<_> = others.filter(|other| !known.contains(other)).collect();
        known.extend(others);
    }
    None
}

/// Whether a text does no more if the server reads it in another way than usual: it is a read then too, say,
/// or no statement at all. Where code is skipped, servers differ in what ends it, so a text without an end is in doubt.
fn is_harmless(text: &SqlText<'_>, reading: Reading, functions: &Functions, reach: Reach) -> bool {
    let is_refused = text.fault() == Some(LexFault::Unreadable) && reading.skips_code == 0;
    let class = class_of(text, functions);
    is_refused || class.reach <= reach
}

fn class_of(text: &SqlText<'_>, functions: &Functions) -> Class {
    class_into(text, functions, &mut NamedTables::default())
}

fn class_into(text: &SqlText<'_>, functions: &Functions, tables: &mut NamedTables) -> Class {
    let mut found: Option<Verdict> = None;
    let mut reach = Reach::Answer;
    let mut at = 0;
    while at < text.len() {
        let verdict = Statement::new(text, functions, tables, at).read();
        // A read holds no semicolon: only the program of a change does.
        let is_one =
            verdict.access != Access::Read || !(at..verdict.end).any(|at| text.is_symbol(at, b';'));
        at = after_semicolons(text, verdict.end);
        reach = reach.max(verdict.reach);
        found = match found {
            None if is_one => Some(verdict),
            _ => Some(Verdict::write(at, Reason::SeveralStatements)),
        };
    }
    let (access, reason, action) = match (text.fault(), found) {
        (Some(LexFault::TooLong), _) => (Access::Write, Reason::TooLong, Action::Other),
        (Some(LexFault::Unreadable), _) | (None, None) => {
            (Access::Write, Reason::Unparsed, Action::Other)
        }
        (None, Some(verdict)) => (verdict.access, verdict.reason, verdict.action),
    };
    if matches!(reason, Reason::TooLong | Reason::Unparsed) {
        reach = reach.max(Reach::of(&reason));
    }
    note_row_types(text, tables);
    note_relation_names(text, functions, tables);
    note_rows_about_tables(text, tables);
    Class {
        access,
        perhaps: tables.perhaps(),
        temporary: tables.temporary(),
        objects: tables.objects(),
        tables: tables.distinct(),
        reason,
        action,
        reach,
    }
}

fn after_semicolons(text: &SqlText<'_>, mut at: usize) -> usize {
    while text.is_symbol(at, b';') {
        at += 1;
    }
    at
}
