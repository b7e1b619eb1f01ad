use std::{
    env::var,
    net::IpAddr,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::{DatabaseUrl, Scheme};

/// Which database a URL means, by what its driver makes of it: two URLs of one database have the same place.
///
/// Whether two names of a host are one host is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DatabasePlace {
    /// A server's.
    Server {
        scheme: Scheme,
        host: String,
        port: u16,
        database: String,
    },
    /// A file of SQLite's, or what its connections share in memory under that name.
    File(PathBuf),
}

/// What a driver takes where a URL says nothing.
struct Defaults {
    host: String,
    port: u16,
    user: Option<String>,
    database: Option<String>,
}

impl DatabaseUrl {
    /// Which database it means; `None` if it is one of its connections' alone, or no address.
    pub(crate) fn place(&self) -> Option<DatabasePlace> {
        match self.backend()? {
            Scheme::Sqlite => self.file().map(DatabasePlace::File),
            scheme => Some(self.on_server(scheme, &self.parsed()?)),
        }
    }

    /// The server that it means, and the user there; `None` of a file.
    pub(crate) fn server(&self) -> Option<(Scheme, String, u16, String)> {
        let DatabasePlace::Server {
            scheme, host, port, ..
        } = self.place()?
        else {
            return None;
        };
        let url = self.parsed()?;
        let named = Some(plain(url.username())).filter(|user| !user.is_empty());
        let asked = self
            .parameter("user")
            .filter(|_| scheme == Scheme::Postgres);
        let user = asked.or(named).or(Defaults::of(scheme).user);
        Some((scheme, host, port, user.unwrap_or_default()))
    }

    fn on_server(&self, scheme: Scheme, url: &Url) -> DatabasePlace {
        let defaults = Defaults::of(scheme);
        let mut host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => url.host_str().map_or(defaults.host, plain),
        };
        let mut port = url.port().unwrap_or(defaults.port);
        let mut user = Some(plain(url.username())).filter(|user| !user.is_empty());
        let path = plain(url.path().trim_start_matches('/'));
        let mut database = Some(path).filter(|path| !path.is_empty());
        // The last one counts.
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            match (scheme, &*name) {
                (Scheme::Postgres, "host" | "hostaddr") | (Scheme::MySql, "socket") => host = value,
                (Scheme::Postgres, "port") => port = value.parse().unwrap_or(port),
                (Scheme::Postgres, "user") => user = Some(value),
                (Scheme::Postgres, "dbname") => database = Some(value),
                _ => {}
            }
        }
        let database = database.or(defaults.database);
        let database = match scheme {
            // It is that of the user's name.
            Scheme::Postgres => database.or(user).or(defaults.user).unwrap_or_default(),
            // On some file systems names in capitals are the same.
            _ => database.unwrap_or_default().to_lowercase(),
        };
        DatabasePlace::Server {
            scheme,
            host: one_host(&host),
            port,
            database,
        }
    }

    fn file(&self) -> Option<PathBuf> {
        let path = self.sqlite_path();
        if path == ":memory:" {
            return None;
        }
        let path = plain(path);
        Some(match self.is_in_memory() {
            true => PathBuf::from(format!("memory:{path}")),
            false => one_path(Path::new(&path)),
        })
    }
}

/// Why a database can't be that of a new bind.
pub(crate) const TAKEN: &str = "its database is one that another bind has already";

impl DatabasePlace {
    /// Why there can't be one of that name.
    pub(crate) fn fault(&self) -> Option<String> {
        let (name, longest) = self.name();
        (name.len() > longest).then(|| {
            format!(
                "its database's name is of {} bytes, and may have {longest}",
                name.len()
            )
        })
    }

    /// The name that a server or a file system cuts or refuses if it is longer than this many bytes.
    pub(crate) fn name(&self) -> (String, usize) {
        match self {
            Self::Server {
                scheme: Scheme::Postgres,
                database,
                ..
            } => (database.clone(), 63),
            Self::Server { database, .. } => (database.clone(), 64),
            Self::File(path) => {
                let name = path.file_name().unwrap_or_default();
                // Beside it are files of its name with `-journal`.
                (name.to_string_lossy().into_owned(), 255 - "-journal".len())
            }
        }
    }
}

impl Defaults {
    /// As `options` of sqlx's crates.
    fn of(scheme: Scheme) -> Self {
        let from = |name: &str| var(name).ok();
        match scheme {
            Scheme::Postgres => Self {
                host: (from("PGHOSTADDR").or_else(|| from("PGHOST"))).unwrap_or_default(),
                port: (from("PGPORT").and_then(|port| port.parse().ok())).unwrap_or(5432),
                user: from("PGUSER"),
                database: from("PGDATABASE"),
            },
            _ => Self {
                host: String::new(),
                port: 3306,
                user: None,
                database: None,
            },
        }
    }
}

fn plain(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// A host as it is compared: this very one has many names.
fn one_host(host: &str) -> String {
    let host = host.trim_matches(['[', ']']).to_lowercase();
    let is_loopback = host
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    match is_loopback || host.is_empty() {
        true => "localhost".to_owned(),
        false => host.trim_end_matches('.').to_owned(),
    }
}

/// A file's path as it is compared: by what is there, and without regard to capitals, as file systems may have none.
fn one_path(path: &Path) -> PathBuf {
    let there = path.canonicalize().ok().or_else(|| {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Some(directory.canonicalize().ok()?.join(path.file_name()?))
    });
    let path = there.unwrap_or_else(|| path.to_owned());
    path.to_string_lossy().to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> DatabasePlace {
        DatabaseUrl::from(url).place().unwrap()
    }

    #[test]
    fn urls_of_one_database_have_one_place() {
        let same: &[&[&str]] = &[
            &[
                "postgres://app@db/app",
                "postgresql://other:secret@DB:5432/app?sslmode=require",
                "postgres://app@elsewhere/x?host=db&dbname=app",
                "postgres://app@db/%61pp",
                "postgres://app@db./app",
                "postgres://app@db//app",
            ],
            &[
                "postgres://app@localhost/app",
                "postgres://app@127.0.0.1/app",
                "postgres://app@[::1]/app",
                "postgres://app@db/app?hostaddr=127.0.0.1",
            ],
            &["mysql://app@db/app", "mariadb://app@db:3306/APP"],
            &[
                "sqlite://no/app.db",
                "sqlite:no/app.db?mode=rwc",
                "sqlite://no/%61pp.db",
            ],
        ];
        for urls in same {
            for url in *urls {
                assert_eq!(place(url), place(urls[0]), "{url}");
            }
        }
        let all: Vec<_> = same.iter().map(|urls| place(urls[0])).collect();
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{one:?}");
        }
        assert_ne!(
            place("postgres://app@db/app"),
            place("postgres://app@db/App")
        );
        assert_ne!(
            place("postgres://app@db/app"),
            place("postgres://app@db:5433/app")
        );
        assert_ne!(place("postgres://one@db"), place("postgres://two@db"));
        assert_eq!(DatabaseUrl::from("sqlite::memory:").place(), None);
        assert_ne!(
            place("sqlite://one?mode=memory"),
            place("sqlite://two?mode=memory")
        );
    }
}
