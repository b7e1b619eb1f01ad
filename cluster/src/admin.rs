use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, QueryResult, Statement,
    TryGetable,
};

use crate::ClusterError;

/// A frozen server must not hold up a test for sqlx's 30 s.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One connection of the server's administrator, opened for a task and closed after it.
///
/// A cluster keeps none: it outlives the runtime of the test that started it, which a connection would not.
#[derive(Debug)]
pub struct Admin {
    connection: DatabaseConnection,
}

impl Admin {
    /// Connects, with one connection.
    pub async fn connect(url: String) -> Result<Self, ClusterError> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(1)
            .acquire_timeout(TIMEOUT)
            .test_before_acquire(false)
            .sqlx_logging(false);
        match Database::connect(options).await {
            Ok(connection) => Ok(Self { connection }),
            Err(source) => Err(failed("connect", source)),
        }
    }

    /// Runs one statement.
    pub async fn execute(&self, sql: &str) -> Result<(), ClusterError> {
        let done = self.connection.execute_unprepared(sql).await;
        done.map(drop).map_err(|source| failed(sql, source))
    }

    /// The first column of the first row; `None` for no row or NULL.
    pub async fn value<T: TryGetable>(&self, sql: &str) -> Result<Option<T>, ClusterError> {
        let rows = self.rows(sql).await?;
        rows.first()
            .map_or(Ok(None), |row| row.try_get_by_index(0))
            .map_err(|source| failed(sql, source))
    }

    /// A column of the first row, by its name; `None` for no row or NULL.
    pub async fn column<T: TryGetable>(
        &self,
        sql: &str,
        column: &str,
    ) -> Result<Option<T>, ClusterError> {
        let rows = self.rows(sql).await?;
        rows.first()
            .map_or(Ok(None), |row| row.try_get("", column))
            .map_err(|source| failed(&format!("{sql}: {column}"), source))
    }

    /// Whether the first column of the only row says so.
    pub async fn is_true(&self, sql: &str) -> Result<bool, ClusterError> {
        Ok(self.value::<i64>(sql).await? == Some(1))
    }

    /// All rows.
    pub async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>, ClusterError> {
        let backend = self.connection.get_database_backend();
        self.connection
            .query_all_raw(Statement::from_string(backend, sql))
            .await
            .map_err(|source| failed(sql, source))
    }

    /// Says good-bye, so that the server counts one connection less when this returns.
    pub async fn close(self) -> Result<(), ClusterError> {
        let closed = self.connection.close().await;
        closed.map_err(|source| failed("close", source))
    }
}

fn failed(sql: &str, source: DbErr) -> ClusterError {
    ClusterError::Sql {
        sql: sql.to_owned(),
        source,
    }
}
