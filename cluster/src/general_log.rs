//! The log that MariaDB and MySQL keep in a table of theirs.

use crate::{ClusterError, Node, Server, statement_log::LoggedStatement};

/// Turns it on, and gives its end.
pub(crate) async fn start<S: Server>(node: &Node<S>) -> Result<u64, ClusterError> {
    let admin = node.admin().await?;
    admin.execute("SET GLOBAL general_log = 1").await?;
    let rows: Option<i64> = admin
        .value("SELECT count(*) FROM mysql.general_log")
        .await?;
    admin.close().await?;
    Ok(rows.and_then(|rows| rows.try_into().ok()).unwrap_or(0))
}

/// The application's statements behind `start`.
pub(crate) async fn statements<S: Server>(
    node: &Node<S>,
    start: u64,
) -> Result<Vec<LoggedStatement>, ClusterError> {
    let sql = format!(
        "SELECT CAST(thread_id AS CHAR), CONVERT(argument USING utf8mb4) FROM
             (SELECT * FROM mysql.general_log LIMIT {} OFFSET {start}) AS log
         WHERE user_host LIKE 'app[%' AND command_type IN ('Query', 'Execute')",
        u64::MAX
    );
    let admin = node.admin().await?;
    let rows = admin.rows(&sql).await?;
    admin.close().await?;
    let statements = rows.iter().map(|row| {
        Ok(LoggedStatement {
            session: row.try_get_by_index(0)?,
            text: row.try_get_by_index(1)?,
        })
    });
    statements
        .collect::<Result<_, _>>()
        .map_err(|source| ClusterError::Sql { sql, source })
}
