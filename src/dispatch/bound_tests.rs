//! A name that is bound as a value says where a statement goes as the same name in its text does.

use sea_orm::{DbBackend, Value, Values};

use super::{Wording, judgements::Judgements};
use crate::{bind::RegistryBuilder, catalogue::Known, config::FunctionsConfig};

const TEXTS: [(DbBackend, &[&str]); 3] = [
    (
        DbBackend::Postgres,
        &[
            include_str!("../../tests/classify/postgres.cases"),
            include_str!("../../tests/classify/postgres.tables.sql"),
            include_str!("../../tests/classify/postgres.own.sql"),
        ],
    ),
    (
        DbBackend::MySql,
        &[
            include_str!("../../tests/classify/mysql.cases"),
            include_str!("../../tests/classify/mysql.tables.sql"),
            include_str!("../../tests/classify/mysql.own.sql"),
        ],
    ),
    (
        DbBackend::Sqlite,
        &[
            include_str!("../../tests/classify/sqlite.cases"),
            include_str!("../../tests/classify/sqlite.tables.sql"),
        ],
    ),
];

/// How a name is written into a string of each text in turn.
const NAMES: [&str; 4] = ["report", "ledger", "nobody", "Report"];

fn judgements() -> Judgements {
    let registry = RegistryBuilder::new()
        .listed("reports".into(), "report".to_owned())
        .listed("reports".into(), "Report".to_owned())
        .listed("ledgers".into(), "ledger".to_owned())
        .several(true)
        .build();
    Judgements::new(registry, Known::new(FunctionsConfig::default()))
}

fn place(judgements: &Judgements, wording: Wording<'_>) -> String {
    match &judgements.of(wording).target {
        Ok(target) => target.key(),
        Err(error) => error.to_string(),
    }
}

/// Where the plain strings of a text are, quotes and all; none of a text in which something else looks like one.
fn strings(sql: &str) -> Vec<(usize, usize)> {
    let is_plain = !sql.contains(['\\', '"', '`', '$', '#', '?', ':'])
        && !sql.contains("--")
        && !sql.contains("/*");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = sql[at..]
        .find('\'')
        .map(|start| at + start)
        .filter(|_| is_plain)
    {
        let Some(length) = sql[start + 1..].find('\'') else {
            return Vec::new();
        };
        let end = start + length + 2;
        let is_prefixed = sql[..start]
            .ends_with(|before: char| before.is_alphanumeric() || before == '&' || before == '\'');
        // SQLite takes a string for a table's name, and no value.
        let is_name = sql[..start].ends_with("INTO ");
        if is_prefixed || is_name || sql[end..].starts_with('\'') {
            return Vec::new();
        }
        found.push((start, end));
        at = end;
    }
    found
}

/// The text with each of its strings written by `write`, which is given what that says.
fn rewritten(sql: &str, mut write: impl FnMut(&str) -> String) -> String {
    let mut written = String::new();
    let mut done = 0;
    for (start, end) in strings(sql) {
        written.push_str(&sql[done..start]);
        written.push_str(&write(&sql[start + 1..end - 1]));
        done = end;
    }
    written.push_str(&sql[done..]);
    written
}

#[test]
fn a_bound_name_says_what_it_says_in_the_text() {
    let judgements = judgements();
    let mut told = 0;
    let mut differ = Vec::new();
    for (backend, files) in TEXTS {
        for sql in files.iter().flat_map(|file| file.split("\n\n")) {
            let lines = || sql.lines().filter(|line| !line.starts_with('#'));
            let is_case = lines().next().is_some_and(|line| line.contains(" | "));
            let sql: Vec<_> = lines().skip(usize::from(is_case)).collect();
            let sql = sql.join("\n");
            for name in std::iter::once(None).chain(NAMES.map(Some)) {
                let literal = rewritten(&sql, |said| format!("'{}'", name.unwrap_or(said)));
                let mut values = Vec::new();
                let bound = rewritten(&sql, |said| {
                    values.push(Value::from(name.unwrap_or(said)));
                    match backend {
                        DbBackend::Postgres => format!("${}", values.len()),
                        _ => "?".to_owned(),
                    }
                });
                if values.is_empty() {
                    continue;
                }
                let values = Values(values);
                let expected = place(&judgements, Wording::text(backend, &literal));
                let wording = Wording {
                    values: Some(&values),
                    ..Wording::text(backend, &bound)
                };
                let found = place(&judgements, wording);
                told += usize::from(expected != "default");
                if expected != found {
                    differ.push(format!(
                        "{backend:?}: {literal}\n  in the text: {expected}\n  bound: {found}"
                    ));
                }
            }
        }
    }
    println!("{told} texts were told by a name");
    assert_eq!(differ.len(), 0, "{}", differ.join("\n"));
}
