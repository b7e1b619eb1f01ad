use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqlxSqliteConnector, Statement,
    sqlx::{
        ConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use tokio::time::Instant;

use super::directory::Directory;

/// How long a writer waits, in real time, for another one's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// What the master of a bind has held at which moment: what its slaves can have.
#[derive(Debug)]
pub(super) struct History {
    bind: String,
    directory: Arc<Directory>,
    versions: Mutex<Vec<Version>>,
    /// tokio's, as a look and the copy that it asks for are one step.
    observer: tokio::sync::Mutex<Observer>,
    looks: AtomicUsize,
}

/// A copy of the master, made at a moment.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// Greater than those of all versions before.
    pub(super) number: u64,
    pub(super) made: Instant,
    pub(super) file: PathBuf,
}

/// A connection to the master's file, by which others' commits are seen.
#[derive(Debug)]
struct Observer {
    connection: DatabaseConnection,
    seen: Option<i64>,
}

/// Says, as long as it lives, that somebody looks.
struct Look<'h>(&'h AtomicUsize);

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl History {
    /// That of an empty master.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) async fn new(bind: &str, directory: &Arc<Directory>) -> Result<Self, DbErr> {
        let history = Self {
            bind: bind.to_owned(),
            directory: directory.clone(),
            versions: Mutex::default(),
            observer: tokio::sync::Mutex::new(Observer::new(&path(directory, bind, 0))),
            looks: AtomicUsize::new(0),
        };
        history.observe().await?;
        Ok(history)
    }

    /// The file of the first master.
    pub(super) fn first(&self) -> PathBuf {
        path(&self.directory, &self.bind, 0)
    }

    /// Where nothing is.
    pub(super) fn nowhere(&self) -> PathBuf {
        self.directory.path().join("nobody-listens-here")
    }

    /// Whether somebody looks at this moment.
    pub(super) fn is_observed(&self) -> bool {
        self.looks.load(Ordering::Relaxed) > 0
    }

    /// Copies the master if anything was committed since the last copy; gives the last one.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) async fn observe(&self) -> Result<Version, DbErr> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let _look = Look(&self.looks);
        let mut observer = self.observer.lock().await;
        let seen = observer.data_version().await?;
        let newest = self.versions.lock().last().cloned();
        match newest {
            Some(newest) if observer.seen == Some(seen) => Ok(newest),
            newest => {
                let number = newest.map_or(1, |newest| newest.number + 1);
                let version = Version {
                    number,
                    made: Instant::now(),
                    file: path(&self.directory, &self.bind, number),
                };
                observer.copy_to(&version.file).await?;
                observer.seen = Some(seen);
                self.versions.lock().push(version.clone());
                Ok(version)
            }
        }
    }

    /// The newest version that is at least `lag` old, if it is newer than `number`.
    pub(super) fn arrived(&self, lag: Duration, number: u64) -> Option<Version> {
        let now = Instant::now();
        let versions = self.versions.lock();
        let arrived = versions.iter().rfind(|version| version.made + lag <= now);
        arrived.filter(|version| version.number > number).cloned()
    }

    /// Goes on with a master that holds what is in `file`, and gives its first version; what was written after that is lost.
    ///
    /// # Errors
    /// SQLite's, or those of copying a file.
    pub(super) async fn branch(&self, file: &Path) -> Result<(PathBuf, Version), DbErr> {
        let number = self.observe().await?.number + 1;
        let master = self
            .directory
            .path()
            .join(format!("{}-master-{number}.db", self.bind));
        fs::copy(file, &master).map_err(|error| DbErr::Custom(error.to_string()))?;
        *self.observer.lock().await = Observer::new(&master);
        let version = self.observe().await?;
        self.versions
            .lock()
            .retain(|other| other.number == version.number);
        Ok((master, version))
    }
}

fn path(directory: &Directory, bind: &str, number: u64) -> PathBuf {
    directory.path().join(format!("{bind}-{number}.db"))
}

/// How a master's file is opened.
pub(super) fn writable(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        // Nothing here outlives the process.
        .synchronous(SqliteSynchronous::Off)
        .disable_statement_logging()
}

impl Observer {
    fn new(master: &Path) -> Self {
        let options = writable(master).create_if_missing(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options);
        Self {
            connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
            seen: None,
        }
    }

    /// Changes when another connection has committed something: <https://www.sqlite.org/pragma.html#pragma_data_version>.
    async fn data_version(&self) -> Result<i64, DbErr> {
        let ask = Statement::from_string(DbBackend::Sqlite, "PRAGMA data_version");
        let row = self.connection.query_one_raw(ask).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0))
    }

    async fn copy_to(&self, file: &Path) -> Result<(), DbErr> {
        let file = file.display().to_string().replace('\'', "''");
        let copy = format!("VACUUM INTO '{file}'");
        self.connection.execute_unprepared(&copy).await.map(drop)
    }
}
