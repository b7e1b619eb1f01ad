use sea_orm_migration::sea_orm::DbBackend;

/// The statements of a text, each of which ends with `;` or with the text. A `;` in a string, a name in quotes, a comment or a
/// body between `$$` ends none; in a body between `BEGIN` and `END` it does.
pub(super) fn statements(backend: DbBackend, text: &str) -> Vec<String> {
    let (mut statements, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (statement, after) = rest.split_at(end(backend, rest));
        if !statement.trim().trim_end_matches(';').trim().is_empty() {
            statements.push(statement.trim().to_owned());
        }
        rest = after;
    }
    statements
}

/// Where the first statement of a text ends.
fn end(backend: DbBackend, text: &str) -> usize {
    let mut at = 0;
    while let Some(symbol) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match symbol {
            ';' => return at + 1,
            '\'' | '"' | '`' => quoted(backend, rest, symbol),
            '$' => dollar_quoted(backend, rest),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => behind(rest, 2, "*/"),
            _ => symbol.len_utf8(),
        };
    }
    text.len()
}

/// The length of what begins with a quote; one that is doubled begins another piece of the same.
fn quoted(backend: DbBackend, text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, symbol) in text.char_indices().skip(1) {
        match symbol {
            _ if is_escaped => is_escaped = false,
            '\\' if backend == DbBackend::MySql && quote != '`' => is_escaped = true,
            _ if symbol == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `$tag$ … $tag$`, or of a lone `$`.
fn dollar_quoted(backend: DbBackend, text: &str) -> usize {
    let tag = text[1..].find('$').map(|end| &text[..end + 2]);
    let is_tag = |tag: &&str| {
        let name = &tag[1..tag.len() - 1];
        let is_word = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
        name.chars().all(is_word) && !name.starts_with(|symbol: char| symbol.is_ascii_digit())
    };
    match tag.filter(is_tag) {
        Some(tag) if backend == DbBackend::Postgres => behind(text, tag.len(), tag),
        _ => 1,
    }
}

/// The length up to the end of `close`, which is looked for behind the first bytes.
fn behind(text: &str, from: usize, close: &str) -> usize {
    let found = text[from..].find(close);
    found.map_or(text.len(), |at| from + at + close.len())
}
