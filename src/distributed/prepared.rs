use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// PostgreSQL can end a branch in its own database alone:
/// <https://www.postgresql.org/docs/current/view-pg-prepared-xacts.html>.
const POSTGRES: &str = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";

/// What a server holds prepared, whosoever it is.
pub(super) async fn names_of_prepared(
    connection: &DatabaseConnection,
) -> Result<Vec<String>, DbErr> {
    match connection.get_database_backend() {
        DbBackend::Postgres => {
            let statement = Statement::from_string(DbBackend::Postgres, POSTGRES);
            let rows = connection.query_all_raw(statement).await?;
            rows.iter().map(|row| row.try_get("", "gid")).collect()
        }
        #[cfg(feature = "sqlx-mysql")]
        DbBackend::MySql => names_by_xa(connection).await,
        _ => Ok(Vec::new()),
    }
}

/// MySQL can't prepare this statement, and SeaORM prepares all:
/// <https://dev.mysql.com/doc/refman/8.4/en/sql-prepared-statements.html>.
#[cfg(feature = "sqlx-mysql")]
async fn names_by_xa(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    use sea_orm::{
        RuntimeErr,
        sqlx::{Error, Executor, Row, raw_sql},
    };

    let query = |error: Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
    let pool = connection.get_mysql_connection_pool();
    let rows = pool.fetch_all(raw_sql("XA RECOVER")).await.map_err(query)?;
    let name = |row| {
        let row: &sea_orm::sqlx::mysql::MySqlRow = row;
        let data: Vec<u8> = row.try_get("data").map_err(query)?;
        Ok(String::from_utf8_lossy(&data).into_owned())
    };
    rows.iter().map(name).collect()
}
