use sea_orm::DbBackend;

/// A text without the white space and comments at its edges that can't change its class.
///
/// Tools add trace ids there, which would make every text new.
pub(super) fn trim(backend: DbBackend, sql: &str) -> &str {
    let mut rest = sql.trim_matches(is_space);
    while let Some(shorter) = without_leading_comment(backend, rest) {
        rest = shorter.trim_start_matches(is_space);
    }
    match without_trailing_comment(backend, rest) {
        Some(shorter) => shorter.trim_end_matches(is_space),
        None => rest,
    }
}

/// White space on every server.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

fn without_leading_comment(backend: DbBackend, sql: &str) -> Option<&str> {
    if let Some(body) = sql.strip_prefix("/*") {
        let end = body.find("*/")?;
        let comment = body.get(..end)?;
        return is_plain(comment).then(|| body.get(end + 2..)).flatten();
    }
    let opens = match backend {
        DbBackend::MySql => sql.starts_with("-- ") || sql.starts_with('#'),
        _ => sql.starts_with("--"),
    };
    // A carriage return ends the comment on some servers only.
    let end = sql.find('\n').filter(|_| opens)?;
    let comment = sql.get(..end)?;
    (!comment.contains('\r'))
        .then(|| sql.get(end + 1..))
        .flatten()
}

/// Code for some servers, a hint, or nested: those stay.
fn is_plain(comment: &str) -> bool {
    !comment.contains("/*") && !comment.starts_with(['!', '+', 'M', 'm'])
}

/// The comment at the end, if it is the only one in the text: then its first `/*` either opens it or
/// stands in a string that has no end, and such a text is a write with or without it.
fn without_trailing_comment(backend: DbBackend, sql: &str) -> Option<&str> {
    let inner = sql.strip_suffix("*/")?;
    let start = inner.find("/*")?;
    let (rest, comment) = (sql.get(..start)?, inner.get(start + 2..)?);
    let has_line_comment =
        rest.contains("--") || (backend == DbBackend::MySql && rest.contains('#'));
    (is_plain(comment) && !comment.contains("*/") && !has_line_comment).then_some(rest)
}
