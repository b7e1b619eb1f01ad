use sea_orm_migration::sea_orm::{
    ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement, TransactionTrait, sqlx,
};
use sea_orm_routing::{MASTER_NODE, RoutingDatabase};

use super::error::RunError;

/// `transaction_read_only` is also on where an old master was fenced off with `default_transaction_read_only`.
const POSTGRES: &str = "SELECT CASE \
    WHEN pg_is_in_recovery() THEN '`pg_is_in_recovery()` is true' \
    WHEN current_setting('transaction_read_only') = 'on' THEN '`transaction_read_only` is on' END";

/// `SHOW` passes over the variables that only one of MariaDB and MySQL has; `innodb_read_only` is that of a reader
/// of Aurora. An account that may write anyway (`READ ONLY ADMIN`, `SUPER`) sees them too.
const MYSQL: &str = "SHOW GLOBAL VARIABLES WHERE Value <> 'OFF' \
    AND Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only')";

/// Is what a bind calls its master one? An error says what tells that it is not.
pub(crate) async fn require_master(bind: &str, db: &RoutingDatabase) -> Result<(), RunError> {
    let node = format!("{bind}.{MASTER_NODE}");
    let is_master = read_only(&db.master()).await;
    let bind = bind.to_owned();
    match is_master {
        Ok(None) => Ok(()),
        Ok(Some(sign)) => Err(RunError::Slave { bind, node, sign }),
        Err(source) => Err(RunError::Unanswered { bind, node, source }),
    }
}

/// What tells that a handle's master takes no writes, if something does.
pub(crate) async fn read_only(master: &RoutingDatabase) -> Result<Option<String>, DbErr> {
    let backend = master.get_database_backend();
    match backend {
        DbBackend::Sqlite => sqlite(master).await,
        DbBackend::Postgres => {
            let row = master
                .query_one_raw(Statement::from_string(backend, POSTGRES))
                .await?;
            row.map_or(Ok(None), |row| row.try_get_by_index(0))
        }
        _ => mysql(master).await,
    }
}

async fn mysql(master: &RoutingDatabase) -> Result<Option<String>, DbErr> {
    let variables = Statement::from_string(DbBackend::MySql, MYSQL);
    let Some(row) = master.query_one_raw(variables).await? else {
        return Ok(None);
    };
    let (name, value): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(Some(format!("`{name}` is {value}")))
}

/// A write that is rolled back tells a file without permission, `mode=ro` and `PRAGMA query_only` alike; nothing that
/// can be asked does.
async fn sqlite(master: &RoutingDatabase) -> Result<Option<String>, DbErr> {
    let transaction = master.begin().await?;
    let tried = transaction
        .execute_unprepared("PRAGMA user_version = 0")
        .await;
    transaction.rollback().await?;
    match tried {
        Ok(_) => Ok(None),
        Err(error) => match sqlite_code(&error) {
            Some(SQLITE_READONLY) => Ok(Some("the database is opened read-only".to_owned())),
            // Somebody else is writing: then it can be written.
            Some(SQLITE_BUSY) => Ok(None),
            _ => Err(error),
        },
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_READONLY: u32 = 8;

/// The primary result code: the low byte of an extended one.
fn sqlite_code(error: &DbErr) -> Option<u32> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else {
        return None;
    };
    let code: u32 = error.code()?.parse().ok()?;
    Some(code & 0xff)
}
