use cookie::Cookie;

/// Hexadecimal digits behind a cookie's name.
const DIGITS: usize = 8;

/// A token that a request has brought.
#[derive(Clone, Debug)]
pub(super) struct Brought {
    /// The cookie's.
    pub(super) name: String,
    pub(super) token: String,
}

/// The tokens in the values of a header that is nothing else.
pub(super) fn in_lines(lines: impl Iterator<Item = String>) -> Vec<Brought> {
    let brought = |token| Brought {
        name: String::new(),
        token,
    };
    lines.map(brought).collect()
}

/// The tokens in the cookies of a name, whoever has set them: each may say what the others do not.
pub(super) fn in_cookies(lines: impl Iterator<Item = String>, name: &str) -> Vec<Brought> {
    lines
        .flat_map(|text| Cookie::split_parse(text).collect::<Vec<_>>())
        .filter_map(Result::ok)
        .filter(|cookie| is_of(name, cookie.name()))
        .map(|cookie| Brought {
            name: cookie.name().to_owned(),
            token: cookie.value_trimmed().to_owned(),
        })
        .collect()
}

/// A cookie's name that no other response gives.
pub(super) fn own_name(name: &str) -> String {
    format!("{name}.{:0DIGITS$x}", rand::random::<u32>())
}

/// Whether a cookie `found` is one of those that responses give by `name`.
pub(super) fn is_of(name: &str, found: &str) -> bool {
    let rest = found.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || is_own_part(rest))
}

/// Whether it is what one response has put behind the name.
fn is_own_part(rest: &str) -> bool {
    let digits = rest.strip_prefix('.').unwrap_or_default();
    digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}
