use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseConnectionType, DbErr, Statement};

/// Whether a session of a pool that was given refuses writes by its server's own means; `None` for what is no pool of a
/// database, such as a mock.
pub(crate) async fn refuses_writes(connection: &DatabaseConnection) -> Result<Option<bool>, DbErr> {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            postgres(connection).await.map(Some)
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => mysql(connection).await.map(Some),
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => sqlite(connection).await.map(Some),
        _ => Ok(None),
    }
}

#[cfg(feature = "sqlx-postgres")]
async fn postgres(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    let ask =
        "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean";
    let ask = Statement::from_string(connection.get_database_backend(), ask);
    let answer = connection.query_one_raw(ask).await?;
    answer.map_or(Ok(false), |row| row.try_get_by_index(0))
}

/// `read_only` alone lets pass who has one of these privileges:
/// <https://mariadb.com/docs/server/reference/sql-statements/account-management-sql-statements/grant#global-privileges>,
/// <https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_read_only>.
#[cfg(feature = "sqlx-mysql")]
async fn mysql(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    const SETTINGS: &str = "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_read_only', \
                            'tx_read_only', 'super_read_only', 'innodb_read_only', 'read_only')";
    const PRIVILEGED: &str = "SELECT count(*) FROM information_schema.user_privileges \
        WHERE privilege_type IN ('SUPER', 'CONNECTION_ADMIN', 'READ ONLY ADMIN', 'READ_ONLY ADMIN') \
        AND grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')";
    let statement = |sql| Statement::from_string(connection.get_database_backend(), sql);
    let mut is_server = false;
    for row in connection.query_all_raw(statement(SETTINGS)).await? {
        let (name, value): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let is_on = !["OFF", "0", "NO"].contains(&value.to_ascii_uppercase().as_str());
        match name.as_str() {
            "read_only" => is_server = is_on,
            _ if is_on => return Ok(true),
            _ => {}
        }
    }
    if !is_server {
        return Ok(false);
    }
    let privileged = connection.query_one_raw(statement(PRIVILEGED)).await?;
    let privileged: Option<i64> = privileged.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(privileged == Some(0))
}

#[cfg(feature = "sqlx-sqlite")]
async fn sqlite(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    use sea_orm::sqlx::ConnectOptions;

    use crate::config::opens_to_read;

    let pool = connection.get_sqlite_connection_pool();
    let url = pool.connect_options().to_url_lossy();
    let opens_to_read = opens_to_read(|name| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.into_owned())
    });
    let ask = Statement::from_string(connection.get_database_backend(), "PRAGMA query_only");
    let answer = connection.query_one_raw(ask).await?;
    let only_queries: Option<i64> = answer.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(opens_to_read || only_queries == Some(1))
}
