#[cfg(feature = "sqlx-postgres")]
use sea_orm::sqlx::Row;
#[cfg(feature = "sqlx-mysql")]
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::{
    AssertSqlSafe, Connection, Error, Executor, SqlSafeStr, Statement, database::HasStatementCache,
    raw_sql,
};

use super::{Outfit, dressing::Mark};

/// A statement that each connection prepares once: what the driver then knows of it is the connection's alone, and tells it from
/// others, as nothing else does.
const MARK: &str = "SELECT 1 AS mark";

/// A connection to a server that can be set for whom it serves.
pub(crate) trait Dressed: Connection<Database: HasStatementCache> + Send {
    /// Whether a statement goes on in the place where it was prepared, whatever is set afterwards.
    const KEEPS_PLACES: bool;

    /// What tells it from others; a round trip if it has none yet.
    fn mark(&mut self) -> impl Future<Output = Result<Mark, Error>> + Send;

    /// Whether the server has no such place, whichever connection asks.
    fn is_refusal(error: &Error) -> bool;

    /// Sets it, in a round trip; where it `is_unknown` what was done there, tells whether all is there that was prepared.
    fn put_on(
        &mut self,
        outfit: &Outfit,
        is_unknown: bool,
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// What the driver has prepared on a session.
#[cfg(feature = "sqlx-postgres")]
const COUNT_PREPARED: &str =
    "SELECT count(*) FROM pg_catalog.pg_prepared_statements WHERE NOT from_sql";

/// PostgreSQL resolves a prepared statement again where the search path is another one, by itself.
#[cfg(feature = "sqlx-postgres")]
impl Dressed for sea_orm::sqlx::PgConnection {
    const KEEPS_PLACES: bool = false;

    async fn mark(&mut self) -> Result<Mark, Error> {
        let statement = self.prepare(MARK.into_sql_str()).await?;
        Ok(Mark {
            address: statement.columns().as_ptr().addr(),
            holds: Box::new(statement),
        })
    }

    /// A search path may name what there is not.
    fn is_refusal(_: &Error) -> bool {
        false
    }

    async fn put_on(&mut self, outfit: &Outfit, is_unknown: bool) -> Result<bool, Error> {
        let set = outfit.for_session(is_unknown);
        if !is_unknown {
            return raw_sql(AssertSqlSafe(set))
                .execute(self)
                .await
                .map(|_| true);
        }
        // `DISCARD ALL` tells the driver nothing.
        let sql = format!("{set}; {COUNT_PREPARED}");
        let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *self).await?;
        let count: i64 = match rows.last() {
            Some(row) => row.try_get(0)?,
            None => 0,
        };
        let kept = self.cached_statements_size();
        Ok(usize::try_from(count).is_ok_and(|count| count >= kept))
    }
}

/// MySQL and MariaDB prepare a statement for the database of the moment, for good.
#[cfg(feature = "sqlx-mysql")]
impl Dressed for sea_orm::sqlx::MySqlConnection {
    const KEEPS_PLACES: bool = true;

    async fn mark(&mut self) -> Result<Mark, Error> {
        let statement = self.prepare(MARK.into_sql_str()).await?;
        Ok(Mark {
            address: statement.columns().as_ptr().addr(),
            holds: Box::new(statement),
        })
    }

    fn is_refusal(error: &Error) -> bool {
        let error = match error {
            Error::Database(error) => error.try_downcast_ref::<MySqlDatabaseError>(),
            _ => None,
        };
        // ER_DBACCESS_DENIED_ERROR, ER_BAD_DB_ERROR.
        error.is_some_and(|error| matches!(error.number(), 1044 | 1049))
    }

    async fn put_on(&mut self, outfit: &Outfit, _: bool) -> Result<bool, Error> {
        let Some(sql) = outfit.for_use() else {
            return Ok(true);
        };
        raw_sql(AssertSqlSafe(sql))
            .execute(self)
            .await
            .map(|_| true)
    }
}
