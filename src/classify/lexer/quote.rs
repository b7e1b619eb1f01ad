use std::borrow::Cow;

/// Where the quoted text that starts at `at` ends, or `None` if it has no end. A doubled quote is one
/// quote inside the text; a backslash hides the next byte if `backslash` says so.
pub(super) fn quoted(sql: &[u8], at: usize, backslash: bool) -> Option<usize> {
    let quote = match sql.get(at)? {
        b'[' => return bracketed(sql, at),
        quote => *quote,
    };
    let mut next = at + 1;
    loop {
        match *sql.get(next)? {
            b'\\' if backslash => next += 2,
            byte if byte != quote => next += 1,
            _ if sql.get(next + 1) == Some(&quote) => next += 2,
            _ => return Some(next + 1),
        }
    }
}

/// SQLite's `[name]` ends at the first `]`.
fn bracketed(sql: &[u8], at: usize) -> Option<usize> {
    let length = sql.get(at..)?.iter().position(|byte| *byte == b']')?;
    Some(at + length + 1)
}

/// Where PostgreSQL's `$tag$ … $tag$` that starts at `at` ends. `Ok(None)`: no such text starts here;
/// `Err`: it has no end.
pub(super) fn dollar_quoted(sql: &[u8], at: usize) -> Result<Option<usize>, ()> {
    let Some(delimiter) = dollar_tag(sql, at) else {
        return Ok(None);
    };
    let body = at + delimiter.len();
    let rest = sql.get(body..).ok_or(())?;
    let mut next = 0;
    while let Some(found) = rest.get(next..).and_then(|rest| position_of(rest, b'$')) {
        next += found;
        if rest
            .get(next..)
            .is_some_and(|rest| rest.starts_with(delimiter))
        {
            return Ok(Some(body + next + delimiter.len()));
        }
        next += 1;
    }
    Err(())
}

fn position_of(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

/// The `$tag$` at a position: a tag is empty or a name without a dollar sign.
fn dollar_tag(sql: &[u8], at: usize) -> Option<&[u8]> {
    let rest = sql.get(at + 1..)?;
    let length = rest.iter().take_while(|byte| is_tag_byte(**byte)).count();
    let starts_with_digit = rest.first().is_some_and(u8::is_ascii_digit);
    (rest.get(length) == Some(&b'$') && !starts_with_digit)
        .then(|| sql.get(at..at + length + 2))
        .flatten()
}

fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// A quoted name without its quotes.
pub(super) fn unquote(raw: &str) -> Cow<'_, str> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    match raw.as_bytes().first() {
        Some(b'"') if inner.contains('"') => Cow::Owned(inner.replace("\"\"", "\"")),
        Some(b'`') if inner.contains('`') => Cow::Owned(inner.replace("``", "`")),
        Some(b'\'') if inner.contains('\'') => Cow::Owned(inner.replace("''", "'")),
        _ => Cow::Borrowed(inner),
    }
}

/// The name that `"…"`, perhaps with `UESCAPE '!'` behind it, stands for.
pub(super) fn escaped(raw: &str) -> String {
    let end = quoted(raw.as_bytes(), 0, false).unwrap_or(raw.len());
    let (name, said) = raw.split_at_checked(end).unwrap_or((raw, ""));
    let escape = said
        .rsplit('\'')
        .nth(1)
        .and_then(|said| said.chars().next());
    unescape(&unquote(name), escape.unwrap_or('\\'))
}

/// The text of `U&"…"`: `\0061`, `\+000061`, a pair of surrogates and a doubled escape stand for characters. What is no
/// such thing the server refuses.
pub(super) fn unescape(text: &str, escape: char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(escape) {
        plain.push_str(before);
        if let Some(doubled) = after.strip_prefix(escape) {
            plain.push(escape);
            rest = doubled;
        } else if let Some((character, length)) = character(after, escape) {
            plain.push(character);
            rest = after.get(length..).unwrap_or_default();
        } else {
            plain.push(escape);
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// The character behind an escape, and how long its digits are.
fn character(text: &str, escape: char) -> Option<(char, usize)> {
    let (code, length) = code(text)?;
    if let Some(character) = char::from_u32(code) {
        return Some((character, length));
    }
    let (low, more) = code_of_pair(text.get(length..)?, escape)?;
    let both = char::decode_utf16([u16::try_from(code).ok()?, low]).next()?;
    Some((both.ok()?, length + more))
}

fn code_of_pair(text: &str, escape: char) -> Option<(u16, usize)> {
    let (low, length) = code(text.strip_prefix(escape)?)?;
    Some((u16::try_from(low).ok()?, length + escape.len_utf8()))
}

fn code(text: &str) -> Option<(u32, usize)> {
    let (digits, length) = match text.strip_prefix('+') {
        Some(digits) => (digits.get(..6)?, 7),
        None => (text.get(..4)?, 4),
    };
    Some((u32::from_str_radix(digits, 16).ok()?, length))
}

/// The text that PostgreSQL's string stands for: `'…'`, `E'…'` without escapes, or `$tag$…$tag$`.
pub(super) fn string(raw: &str) -> Option<String> {
    if raw.starts_with('$') {
        let tag = raw.get(..=raw.get(1..)?.find('$')? + 1)?;
        let inner = raw.strip_prefix(tag)?.strip_suffix(tag)?;
        return Some(inner.to_owned());
    }
    let open = raw.find('\'')?;
    let (prefix, quotes) = raw.split_at(open);
    let is_escaped = prefix.eq_ignore_ascii_case("E");
    let is_whole = quoted(quotes.as_bytes(), 0, is_escaped) == Some(quotes.len());
    let inner = unquote(quotes);
    match prefix {
        _ if !is_whole => None,
        _ if is_escaped && inner.contains('\\') => None,
        _ => Some(inner.into_owned()),
    }
}
