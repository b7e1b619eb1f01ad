use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_routing::classify::{Functions, Reason, classify};

/// The statements of a text, each of which ends with `;` at the end of a line or with the text.
///
/// A `;` inside of a string or body is none: what is no statement until there is not cut there, unless nothing that follows makes it one.
pub(super) fn statements(backend: DbBackend, text: &str) -> Vec<String> {
    let pieces: Vec<&str> = pieces(text);
    let (mut statements, mut from) = (Vec::new(), 0);
    while from < pieces.len() {
        let ends = from + 1..=pieces.len();
        let whole = ends
            .clone()
            .find(|end| is_whole(backend, &pieces[from..*end].concat()));
        let end = whole.unwrap_or(from + 1);
        let statement = pieces[from..end].concat();
        if !statement.trim().trim_end_matches(';').trim().is_empty() {
            statements.push(statement.trim().to_owned());
        }
        from = end;
    }
    statements
}

/// The text, cut behind each `;` that ends a line.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut piece = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_end().ends_with(';') {
            pieces.push(&text[piece..at]);
            piece = at;
        }
    }
    pieces.push(&text[piece..]);
    pieces
}

fn is_whole(backend: DbBackend, sql: &str) -> bool {
    let class = classify(backend, sql, &Functions::default());
    !matches!(class.reason, Reason::Unparsed)
}
