use std::fmt;

use thiserror::Error;
use url::Url;

use super::redaction::redacted;

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
        Scheme::named(name).ok_or_else(|| match rest.starts_with("//") && is_scheme(name) {
            true => UrlFault::UnknownScheme(name.to_owned()),
            false => UrlFault::NoScheme,
        })
    }

    /// The URL as a driver spells its scheme, without user, password and, for a server, without parameters.
    pub(crate) fn without_secrets(&self) -> String {
        let scheme = match self.backend() {
            Some(Scheme::Postgres) => "postgres",
            Some(Scheme::MySql) => "mysql",
            Some(Scheme::Sqlite) | None => return self.0.clone(),
        };
        let host = self
            .parsed()
            .map(|url| (url.host_str().map(str::to_owned), url.path().to_owned()));
        let (host, path) = host.unwrap_or_default();
        format!("{scheme}://{}{path}", host.unwrap_or_default())
    }

    /// Parameters that the driver would ignore, or write to the log with their values.
    pub(super) fn unknown_parameters(&self) -> Vec<String> {
        let Some(known) = self.backend().and_then(Scheme::parameters) else {
            return Vec::new();
        };
        let Some(url) = self.parsed() else {
            return Vec::new();
        };
        let names = url.query_pairs().map(|(name, _)| name.into_owned());
        names
            .filter(|name| !known.contains(&name.as_str()) && !name.starts_with("options["))
            .collect()
    }

    /// Whether a password with an unescaped `/` or `#` has become the path of a server's URL, which the driver's log shows.
    pub(super) fn has_late_at(&self) -> bool {
        let is_server = !matches!(self.backend(), None | Some(Scheme::Sqlite));
        let has_at = |url: Url| {
            let fragment = url.fragment().unwrap_or_default();
            url.path().contains('@') || fragment.contains('@')
        };
        is_server && self.parsed().is_some_and(has_at)
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

    /// What the driver takes for the path.
    fn sqlite_path(&self) -> &str {
        let rest = self.0.strip_prefix("sqlite:").unwrap_or_default();
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        rest.split_once('?').map_or(rest, |(path, _)| path)
    }

    /// The value of the parameter, if it has one.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = self.parsed()?;
        let found = url.query_pairs().find(|(other, _)| other == name);
        found.map(|(_, value)| value.into_owned())
    }

    pub(super) fn parsed(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }
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

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
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
