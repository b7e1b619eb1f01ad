use sea_orm::DbBackend;

/// A text without the white space and comments at its edges that can't change its class.
///
/// Tools add trace ids there, which would make every text new.
pub(super) fn trim(backend: DbBackend, sql: &str) -> &str {
    let mut rest = sql.trim_ascii();
    while let Some(shorter) = without_leading_comment(backend, rest) {
        rest = shorter.trim_ascii_start();
    }
    match without_trailing_comment(backend, rest) {
        Some(shorter) => shorter.trim_ascii_end(),
        None => rest,
    }
}

/// The word that a text begins with, behind comments.
pub(crate) fn verb(backend: DbBackend, sql: &str) -> &str {
    let text = trim(backend, sql);
    let end = text.find(|symbol: char| !symbol.is_ascii_alphabetic());
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn without_leading_comment(backend: DbBackend, sql: &str) -> Option<&str> {
    if let Some(body) = sql.strip_prefix("/*") {
        let end = find_pair(body, '*', b'/')?;
        let comment = body.get(..end)?;
        return is_plain(comment).then(|| body.get(end + 2..)).flatten();
    }
    let opens = match backend {
        DbBackend::MySql => sql.starts_with("-- ") || sql.starts_with('#'),
        _ => sql.starts_with("--"),
    };
    // A carriage return ends the comment on some servers only.
    let end = opens.then(|| sql.find('\n')).flatten()?;
    let comment = sql.get(..end)?;
    (!comment.contains('\r'))
        .then(|| sql.get(end + 1..))
        .flatten()
}

/// Code for some servers, a hint, or nested: those stay.
fn is_plain(comment: &str) -> bool {
    find_pair(comment, '/', b'*').is_none() && !comment.starts_with(['!', '+', 'M', 'm'])
}

/// The comment at the end, if it is the only one in the text: then its first `/*` either opens it or
/// stands in a string that has no end, and such a text is a write with or without it.
fn without_trailing_comment(backend: DbBackend, sql: &str) -> Option<&str> {
    let inner = sql.strip_suffix("*/")?;
    let start = find_pair(inner, '/', b'*')?;
    let (rest, comment) = (sql.get(..start)?, inner.get(start + 2..)?);
    let has_line_comment =
        find_pair(rest, '-', b'-').is_some() || (backend == DbBackend::MySql && rest.contains('#'));
    // Where a backslash may hide a quote, the comment may be part of a string.
    let is_certain = !has_line_comment && !rest.contains('\\');
    (is_certain && is_plain(comment) && find_pair(comment, '*', b'/').is_none()).then_some(rest)
}

/// Where two bytes stand next to each other. The standard search for a string costs more to set up than
/// most texts to search.
fn find_pair(text: &str, first: char, second: u8) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + text.get(from..)?.find(first)?;
        if text.as_bytes().get(found + 1) == Some(&second) {
            return Some(found);
        }
        from = found + 1;
    }
}
