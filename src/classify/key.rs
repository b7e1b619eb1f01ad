use sea_orm::DbBackend;

use super::lexer::{block_comment, executable_comment, line_comment};

/// A text without the white space and plain comments at its edges: what the memo knows it by.
///
/// Tools add trace ids there, which would make every text new. Equal keys mean equal tokens: a comment is cut
/// only where the lexer itself would skip it, whatever the server's settings. Where that is in doubt, it stays.
pub fn key(backend: DbBackend, sql: &str) -> &str {
    if has_plain_edges(sql) {
        return sql;
    }
    let rest = without_leading_comments(backend, sql);
    match trailing_comment(backend, rest) {
        Some(start) => rest.get(..start).unwrap_or(rest).trim_ascii_end(),
        None => rest,
    }
}

/// Whether a text begins with a letter and ends neither with white space nor like a comment: most do.
fn has_plain_edges(sql: &str) -> bool {
    match sql.as_bytes() {
        [first, .., last] => {
            first.is_ascii_alphabetic() && !last.is_ascii_whitespace() && *last != b'/'
        }
        _ => false,
    }
}

/// The word that a text begins with, behind comments.
pub(crate) fn verb(backend: DbBackend, sql: &str) -> &str {
    let text = without_leading_comments(backend, sql);
    let end = text.find(|symbol: char| !symbol.is_ascii_alphabetic());
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn without_leading_comments(backend: DbBackend, sql: &str) -> &str {
    let mut rest = sql.trim_ascii();
    while let Some(end) = comment_end(backend, rest.as_bytes(), 0) {
        match rest.get(end..) {
            Some(shorter) => rest = shorter.trim_ascii_start(),
            None => return rest,
        }
    }
    rest
}

/// Where a comment that starts at a position ends, if every server skips it.
fn comment_end(backend: DbBackend, sql: &[u8], at: usize) -> Option<usize> {
    if !sql.get(at..)?.starts_with(b"/*") {
        return line_comment(backend, sql, at);
    }
    // Code for some servers, and hints, which may hold names in quotes, are none of ours.
    let is_plain = backend != DbBackend::MySql
        || executable_comment(sql, at).is_none() && sql.get(at + 2) != Some(&b'+');
    is_plain.then(|| block_comment(backend, sql, at)).flatten()
}

/// Where the comment starts that is the end of a text.
fn trailing_comment(backend: DbBackend, sql: &str) -> Option<usize> {
    if !sql.ends_with("*/") {
        return None;
    }
    let sql = sql.as_bytes();
    let mut at = 0;
    loop {
        match *sql.get(at)? {
            b'/' if sql.get(at + 1) == Some(&b'*') => match comment_end(backend, sql, at)? {
                end if end == sql.len() => return Some(at),
                end => at = end,
            },
            quote @ (b'\'' | b'"') => at = plain_quote_end(sql, at, quote)?,
            quote @ b'`' if backend != DbBackend::Postgres => {
                at = plain_quote_end(sql, at, quote)?;
            }
            byte if is_doubtful(backend, byte, sql.get(at + 1)) => return None,
            _ => at += 1,
        }
    }
}

/// Behind the quoted text at a position, unless a backslash in it may move its end. A doubled quote is the
/// start of another such text.
fn plain_quote_end(sql: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut end = at + 1;
    loop {
        match *sql.get(end)? {
            b'\\' => return None,
            byte if byte == quote => return Some(end + 1),
            _ => end += 1,
        }
    }
}

/// Whether a byte outside of quotes may begin what holds a comment's mark: a line comment, `$tag$ … $tag$`, a
/// name in brackets, one of SQLite's parameters.
fn is_doubtful(backend: DbBackend, byte: u8, next: Option<&u8>) -> bool {
    let is_sqlite = backend == DbBackend::Sqlite;
    match byte {
        b'\\' => true,
        b'-' => next == Some(&b'-'),
        b'#' => backend != DbBackend::Postgres,
        b'$' => is_sqlite || !next.is_some_and(u8::is_ascii_digit),
        b'[' | b'@' | b':' => is_sqlite,
        _ => false,
    }
}
