use std::{str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, DatabaseConnection, SqlxSqliteConnector,
    sqlx::{
        ConnectOptions as _, Connection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
    },
};

use super::node_opener::NodeOpener;
use crate::{
    error::ConnectError,
    node::{Role, Seat},
};

/// How long a writer waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a statement waits for the one writing connection: as long as a transaction may reasonably hold it.
const WRITER_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections of a slave, so that a stream does not stop all other reads.
const READERS: u32 = 4;

impl NodeOpener {
    /// One writer with WAL, so that readers are never blocked; slaves that can't write.
    pub(super) fn sqlite(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        // Nobody else ends a connection to a file.
        if let Some(idle) = self.pool.ping_after_idle {
            options.test_before_acquire_if_idle_for(idle);
        }
        options.map_sqlx_sqlite_before_acquire(|_, _| {
            Seat::note_arrival();
            Box::pin(async { Ok(true) })
        });
        options.map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_connect(|_, _| {
                Seat::note_arrival();
                Box::pin(async { Ok(()) })
            })
        });
        match self.role {
            Role::Master if self.is_read_only() => {}
            Role::Master => {
                self.create_directory()?;
                options.max_connections(self.own_connections.unwrap_or(1));
                options.acquire_timeout(self.acquire_timeout().unwrap_or(WRITER_TIMEOUT));
                options.map_sqlx_sqlite_opts(writing);
            }
            Role::Slave => {
                options.max_connections(self.pool.max_connections.unwrap_or(READERS));
                options.map_sqlx_sqlite_opts(reading);
            }
        }
        Ok(())
    }

    /// A pool that opens the file with the first statement. SeaORM opens it at once where it asks for the library's version.
    pub(super) fn late_sqlite(
        &self,
        options: &ConnectOptions,
    ) -> Result<DatabaseConnection, ConnectError> {
        let sqlite = SqliteConnectOptions::from_str(self.url.expose());
        let sqlite = sqlite.map_err(|error| self.unusable(error))?;
        let sqlite = match self.role {
            Role::Master if self.is_read_only() => sqlite,
            Role::Master => writing(sqlite),
            Role::Slave => reading(sqlite),
        };
        let sqlite = match self.pool.statement_log {
            Some(level) => sqlite.log_statements(level),
            None => sqlite.disable_statement_logging(),
        };
        let ping_after = self.pool.ping_after_idle;
        let mut pool = SqlitePoolOptions::new()
            .max_connections(options.get_max_connections().unwrap_or(1))
            .test_before_acquire(false)
            .before_acquire(move |connection, about| {
                let is_old = ping_after.is_some_and(|after| about.idle_for >= after);
                Box::pin(async move {
                    let is_alive = !is_old || connection.ping().await.is_ok();
                    if is_alive {
                        Seat::note_arrival();
                    }
                    Ok(is_alive)
                })
            })
            .after_connect(|_, _| {
                Seat::note_arrival();
                Box::pin(async { Ok(()) })
            });
        if let Some(least) = options.get_min_connections() {
            pool = pool.min_connections(least);
        }
        if let Some(timeout) = options.get_acquire_timeout() {
            pool = pool.acquire_timeout(timeout);
        }
        if let Some(timeout) = self.pool.idle_timeout {
            pool = pool.idle_timeout(timeout.limit());
        }
        if let Some(lifetime) = self.pool.max_lifetime {
            pool = pool.max_lifetime(lifetime.limit());
        }
        let pool = pool.connect_lazy_with(sqlite);
        Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
    }

    /// A file that the URL itself opens for reading only is taken as it is.
    fn is_read_only(&self) -> bool {
        self.url.is_read_only()
    }

    /// Creates the directory of a file that SQLite itself would create.
    fn create_directory(&self) -> Result<(), ConnectError> {
        let Ok(sqlite) = SqliteConnectOptions::from_str(self.url.expose()) else {
            return Ok(());
        };
        let Some(directory) = sqlite.get_filename().parent() else {
            return Ok(());
        };
        std::fs::create_dir_all(directory).map_err(|source| ConnectError::Directory {
            node: self.key.clone(),
            directory: directory.display().to_string(),
            source: Arc::new(source),
        })
    }
}

/// One writer, whom readers don't block.
fn writing(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    sqlite
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
}

fn reading(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    sqlite
        .busy_timeout(BUSY_TIMEOUT)
        .create_if_missing(false)
        .read_only(true)
        .pragma("query_only", "on")
}
