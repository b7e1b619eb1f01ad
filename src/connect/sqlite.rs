use std::{str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use super::node_opener::NodeOpener;
use crate::{error::ConnectError, node::Role};

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
        match self.role {
            Role::Master if self.is_read_only() => {}
            Role::Master => {
                self.create_directory()?;
                options.max_connections(self.own_connections.unwrap_or(1));
                options.acquire_timeout(self.acquire_timeout().unwrap_or(WRITER_TIMEOUT));
                options.map_sqlx_sqlite_opts(|sqlite| {
                    sqlite
                        .busy_timeout(BUSY_TIMEOUT)
                        .journal_mode(SqliteJournalMode::Wal)
                });
            }
            Role::Slave => {
                options.max_connections(self.pool.max_connections.unwrap_or(READERS));
                options.map_sqlx_sqlite_opts(|sqlite| {
                    sqlite
                        .busy_timeout(BUSY_TIMEOUT)
                        .create_if_missing(false)
                        .read_only(true)
                        .pragma("query_only", "on")
                });
            }
        }
        Ok(())
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
