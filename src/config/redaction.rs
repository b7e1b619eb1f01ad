use url::Url;

use super::DatabaseUrl;

/// Stands for what is hidden.
const HIDDEN: &str = "***";

/// Query parameters whose values may be shown: what is not known to be harmless is hidden.
const HARMLESS_PARAMETERS: &[&str] = &[
    "application_name",
    "cache",
    "charset",
    "collation",
    "dbname",
    "host",
    "hostaddr",
    "immutable",
    "mode",
    "port",
    "socket",
    "ssl-mode",
    "sslmode",
    "statement-cache-capacity",
    "timezone",
    "vfs",
];

/// Those of which the name may be shown.
const SECRET_PARAMETERS: &[&str] = &["options", "password", "user"];

/// The URL as people may see it: without its password and the values of unknown parameters.
pub(super) fn redacted(address: &DatabaseUrl) -> String {
    let parsed = address.scheme().ok().and_then(|_| address.parsed());
    let Some(url) = parsed else {
        return "(not a database URL)".to_owned();
    };
    let scheme = url.scheme();
    // A password with an unescaped `/`, `?` or `#` ends up here, with the `@` behind it.
    let parameters = url.query().unwrap_or_default();
    if url.path().contains('@') || parameters.contains('@') || url.fragment().is_some() {
        return format!("{scheme}:{HIDDEN}");
    }
    let slashes = if url.has_authority() { "//" } else { "" };
    format!(
        "{scheme}:{slashes}{}{}{}{}",
        user(&url),
        host(&url),
        url.path(),
        query(&url)
    )
}

fn user(url: &Url) -> String {
    match (url.username(), url.password()) {
        ("", None) => String::new(),
        (name, None) => format!("{}@", shown_user(name)),
        (name, Some(_)) => format!("{}:{HIDDEN}@", shown_user(name)),
    }
}

/// A token in the place of the name, or a colon that was escaped, is not shown.
pub(crate) fn shown_user(name: &str) -> &str {
    if name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    {
        name
    } else {
        HIDDEN
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn query(url: &Url) -> String {
    match url.query() {
        None => String::new(),
        Some(query) => {
            let mut is_behind_secret = false;
            let parameters = query.split('&').map(|pair| {
                let shown = parameter(pair, is_behind_secret);
                is_behind_secret |= shown.ends_with(HIDDEN);
                shown
            });
            let parameters: Vec<_> = parameters.collect();
            format!("?{}", parameters.join("&"))
        }
    }
}

/// What stands behind a secret may be the rest of it, as an `&` was not encoded.
fn parameter(pair: &str, is_behind_secret: bool) -> String {
    match pair.split_once('=') {
        Some((key, _)) if is_harmless_parameter(key) && !is_behind_secret => pair.to_owned(),
        Some((key, _)) if is_harmless_parameter(key) || SECRET_PARAMETERS.contains(&key) => {
            format!("{key}={HIDDEN}")
        }
        _ => HIDDEN.to_owned(),
    }
}

/// Whether the value of a parameter may be shown.
pub(super) fn is_harmless_parameter(key: &str) -> bool {
    HARMLESS_PARAMETERS.contains(&key)
}
