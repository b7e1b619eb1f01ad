use std::{borrow::Cow, fmt, path::Path};

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::{Host, Url};

use super::redaction::{is_harmless_parameter, redacted};

/// Address of a database. Its `Display` and `Debug` hide the password; [`expose`](Self::expose) does not.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Which family of databases a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `postgres` or `postgresql`.
    Postgres,
    /// `mysql` or `mariadb`.
    MySql,
    /// `sqlite`.
    Sqlite,
}

/// Why a text is no address of a database; holds nothing of it but a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum UrlFault {
    #[error("an empty URL")]
    Empty,
    #[error("a URL without a known scheme")]
    NoScheme,
    #[error("scheme `{0}`")]
    UnknownScheme(String),
    #[error("a SQLite URL without a path")]
    NoPath,
    #[error("a URL with white space around it or control characters in it")]
    WhiteSpace,
    #[error("a URL that can't be parsed")]
    Malformed,
}

impl DatabaseUrl {
    /// The URL as it was given, with its password: for the driver, not for people.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The family of databases that the URL is for, or `None` if it is for none that is known.
    pub fn backend(&self) -> Option<Scheme> {
        self.scheme().ok()
    }

    /// The family of databases that the URL is for, or why it is for none.
    pub(crate) fn scheme(&self) -> Result<Scheme, UrlFault> {
        let scheme = self.named_scheme()?;
        let url = self.parsed().ok_or(UrlFault::Malformed)?;
        if scheme == Scheme::Sqlite && self.sqlite_path().is_empty() {
            return Err(UrlFault::NoPath);
        }
        if scheme != Scheme::Sqlite && !url.has_authority() {
            return Err(UrlFault::Malformed);
        }
        Ok(scheme)
    }

    /// The database that a server's URL names, if it names one in plain characters.
    pub(crate) fn database(&self) -> Option<String> {
        let url = self.parsed()?;
        let name = url.path().strip_prefix('/')?;
        (!name.is_empty() && !name.contains(['%', '/'])).then(|| name.to_owned())
    }

    /// The host, port and user of a server's URL.
    pub(crate) fn login_parts(&self) -> (Option<String>, Option<u16>, Option<String>) {
        let is_server = !matches!(self.backend(), None | Some(Scheme::Sqlite));
        let Some(url) = self.parsed().filter(|_| is_server) else {
            return (None, None, None);
        };
        let plain = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let user = Some(url.username()).filter(|user| !user.is_empty());
        let host = match url.host() {
            // Without the brackets of an address.
            Some(Host::Ipv6(address)) => Some(address.to_string()),
            _ => url.host_str().map(plain),
        };
        (host, url.port(), user.map(plain))
    }

    /// The host, if it is an address of IPv6 that no parameter replaces: sqlx takes its brackets for a part of a name.
    pub(crate) fn ipv6(&self) -> Option<String> {
        let url = self.parsed()?;
        let is_replaced = ["host", "hostaddr", "socket"].map(|name| self.parameter(name).is_some());
        match url.host() {
            Some(Host::Ipv6(address)) if !is_replaced.contains(&true) => Some(address.to_string()),
            _ => None,
        }
    }

    /// Whether it says that its server is MariaDB's, and not MySQL's.
    pub(crate) fn is_mariadb(&self) -> bool {
        let scheme = self.0.split(':').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mariadb"))
    }

    fn named_scheme(&self) -> Result<Scheme, UrlFault> {
        let text = self.expose();
        if text.trim().is_empty() {
            return Err(UrlFault::Empty);
        }
        if text.trim() != text || text.contains(char::is_control) {
            return Err(UrlFault::WhiteSpace);
        }
        let (name, rest) = text.split_once(':').ok_or(UrlFault::NoScheme)?;
        // What stands before a lone colon may be a user name, and what follows it a password.
        Scheme::named(name).ok_or_else(|| match rest.starts_with("//") && may_be_scheme(name) {
            true => UrlFault::UnknownScheme(name.to_owned()),
            false => UrlFault::NoScheme,
        })
    }

    /// A URL of the same scheme, for the log: that of a server holds nothing of this one.
    pub(crate) fn without_secrets(&self) -> String {
        match self.backend() {
            Some(Scheme::Postgres) => "postgres://server".to_owned(),
            Some(Scheme::MySql) => "mysql://server".to_owned(),
            Some(Scheme::Sqlite) => self.in_one_form().into_owned(),
            None => String::new(),
        }
    }

    /// Parameters that the driver would ignore, or write to the log with their values; `None` for a name that may itself
    /// be the rest of a secret, as its value was not encoded.
    pub(super) fn unknown_parameters(&self) -> Vec<Option<String>> {
        let Some(known) = self.backend().and_then(Scheme::parameters) else {
            return Vec::new();
        };
        let Some(url) = self.parsed() else {
            return Vec::new();
        };
        let (mut is_behind_secret, mut unknown) = (false, Vec::new());
        for (name, _) in url.query_pairs() {
            if !known.contains(&name.as_ref()) && !name.starts_with("options[") {
                unknown.push((!is_behind_secret).then(|| name.clone().into_owned()));
            }
            is_behind_secret |= !is_harmless_parameter(&name);
        }
        unknown
    }

    /// Whether a parameter stands behind a secret one, and may be the rest of it: then the driver's word on it is not shown.
    pub(crate) fn may_end_in_secret(&self) -> bool {
        let url = self.parsed();
        let names = url.iter().flat_map(|url| url.query_pairs());
        names
            .skip_while(|(name, _)| is_harmless_parameter(name))
            .nth(1)
            .is_some()
    }

    /// What shows that a part of the user name or password is taken for another part of the URL, which logs and errors
    /// would show: a character in it is not encoded.
    pub(super) fn spilt(&self) -> Option<&'static str> {
        let scheme = self.backend()?;
        let url = self.parsed()?;
        if scheme == Scheme::Sqlite {
            let is_spilt =
                url.password().is_some() || url.port().is_some() || has_login(self.sqlite_rest());
            return is_spilt.then_some("a SQLite URL with a user name, password or port");
        }
        let behind_host = [Some(url.path()), url.query(), url.fragment()];
        if behind_host
            .into_iter()
            .flatten()
            .any(|part| part.contains('@'))
        {
            return Some("a URL with `@` behind its host");
        }
        if url.fragment().is_some() {
            return Some("a URL with `#` behind its host");
        }
        let is_text = |part: &str| percent_decode_str(part).decode_utf8().is_ok();
        let is_text = is_text(url.username()) && url.password().is_none_or(is_text);
        (!is_text).then_some("a URL whose user name or password is no text when decoded")
    }

    /// Whether this is a SQLite database in memory, of which every connection may have its own.
    pub(super) fn is_in_memory(&self) -> bool {
        self.backend() == Some(Scheme::Sqlite)
            && (self.sqlite_path() == ":memory:"
                || self.parsed().is_some_and(|url| {
                    url.query_pairs()
                        .any(|(key, value)| key == "mode" && value == "memory")
                }))
    }

    /// Whether the file of a SQLite database is there.
    pub(crate) fn is_there(&self) -> bool {
        let path = percent_decode_str(self.sqlite_path()).decode_utf8_lossy();
        !self.is_in_memory() && Path::new(&*path).is_file()
    }

    /// What the driver takes for the path.
    pub(super) fn sqlite_path(&self) -> &str {
        let rest = self.sqlite_rest();
        rest.split_once('?').map_or(rest, |(path, _)| path)
    }

    fn sqlite_rest(&self) -> &str {
        let rest = self.0.strip_prefix("sqlite:").unwrap_or_default();
        rest.strip_prefix("//").unwrap_or(rest)
    }

    /// The value of the parameter, if it has one.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = self.parsed()?;
        let found = url.query_pairs().find(|(other, _)| other == name);
        found.map(|(_, value)| value.into_owned())
    }

    #[cfg(feature = "sqlx-sqlite")]
    /// Whether it says that a file of SQLite is opened for reading only (<https://sqlite.org/uri.html>).
    pub(crate) fn is_read_only(&self) -> bool {
        opens_to_read(|name| self.parameter(name))
    }

    /// The same server, and this database there.
    pub(super) fn in_database(&self, database: &str) -> Self {
        let Some(mut url) = self.parsed() else {
            return self.clone();
        };
        url.set_path(database);
        url.to_string().into()
    }

    pub(super) fn parsed(&self) -> Option<Url> {
        Url::parse(&self.in_one_form()).ok()
    }

    /// As a URL: in `sqlite://:memory:` the name that SQLite has for a database in memory would be a host.
    fn in_one_form(&self) -> Cow<'_, str> {
        match self.0.strip_prefix("sqlite://:memory:") {
            Some(rest) => Cow::Owned(format!("sqlite::memory:{rest}")),
            None => Cow::Borrowed(&self.0),
        }
    }
}

#[cfg(feature = "sqlx-sqlite")]
/// Whether the parameters of a file of SQLite open it for reading only.
pub(crate) fn opens_to_read(parameter: impl Fn(&str) -> Option<String>) -> bool {
    let has = |name: &str, values: &[&str]| {
        parameter(name).is_some_and(|value| values.contains(&value.as_str()))
    };
    has("mode", &["ro"]) || has("immutable", &["true", "1"])
}

impl Scheme {
    /// The schemes that a URL may have.
    pub(super) const NAMES: &[&str] = &["postgres", "postgresql", "mysql", "mariadb", "sqlite"];

    /// Parameters that the driver knows: `options/parse.rs` of sqlx's crates, 0.9. SQLite's
    /// would refuse an unknown one itself, but SeaORM's trace has it by then.
    pub(super) fn parameters(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Postgres => Some(&[
                "application_name",
                "dbname",
                "host",
                "hostaddr",
                "options",
                "password",
                "port",
                "sslcert",
                "sslkey",
                "sslmode",
                "sslrootcert",
                "ssl-ca",
                "ssl-cert",
                "ssl-key",
                "ssl-mode",
                "ssl-root-cert",
                "statement-cache-capacity",
                "user",
            ]),
            Self::MySql => Some(&[
                "charset",
                "collation",
                "socket",
                "sslca",
                "sslcert",
                "sslkey",
                "sslmode",
                "ssl-ca",
                "ssl-cert",
                "ssl-key",
                "ssl-mode",
                "statement-cache-capacity",
                "time-zone",
                "timezone",
            ]),
            Self::Sqlite => Some(&["cache", "immutable", "mode", "vfs"]),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::MySql),
            "sqlite" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

/// Whether a message may show it: one with digits may be a password.
fn may_be_scheme(text: &str) -> bool {
    const LONGEST: usize = 12;
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_alphabetic() || c == '+')
}

/// Whether a text begins like `user:password@`, whatever the password is.
fn has_login(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(user, rest)| !user.contains(['/', '?', '#']) && rest.contains('@'))
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Sqlite => "SQLite",
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted(self))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}
