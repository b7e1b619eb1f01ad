//! What SeaORM asks a database that it brings up to date.

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, sea_query::SelectStatement};
use sea_schema::{
    Connection,
    sqlx_types::{SqlxError, SqlxRow},
};

use super::recorder::Recorder;
use crate::{database::RoutingDatabase, transaction::RoutingTransaction};

/// Asks the master of the handle's bind. A handle of all binds is brought up to date by
/// [`RoutingDatabase::get_schema_builder`], which asks each of them.
#[async_trait]
impl Connection for RoutingDatabase {
    async fn query_all(&self, select: SelectStatement) -> Result<Vec<SqlxRow>, SqlxError> {
        Connection::query_all(&self.discovered()?, select).await
    }

    async fn query_all_raw(&self, sql: String) -> Result<Vec<SqlxRow>, SqlxError> {
        Connection::query_all_raw(&self.discovered()?, sql).await
    }
}

impl RoutingDatabase {
    fn discovered(&self) -> Result<DatabaseConnection, SqlxError> {
        match self.router().certain_bind() {
            Some(_) if self.home.outfit.is_some() => Ok(self.master_connection()),
            Some(_) => Ok(self.clone().home.connection.clone()),
            None => Err(configuration(
                "a database of several binds is brought up to date by its own \
                 `db.get_schema_builder()` or `db.get_schema_registry(…)`, or by a handle of one bind",
            )),
        }
    }
}

#[async_trait]
impl Connection for RoutingTransaction {
    async fn query_all(&self, select: SelectStatement) -> Result<Vec<SqlxRow>, SqlxError> {
        let transaction = self.lend().ok_or_else(not_begun)?;
        Connection::query_all(transaction, select).await
    }

    async fn query_all_raw(&self, sql: String) -> Result<Vec<SqlxRow>, SqlxError> {
        let transaction = self.lend().ok_or_else(not_begun)?;
        Connection::query_all_raw(transaction, sql).await
    }
}

#[async_trait]
impl Connection for Recorder {
    async fn query_all(&self, select: SelectStatement) -> Result<Vec<SqlxRow>, SqlxError> {
        Connection::query_all(&self.master, select).await
    }

    async fn query_all_raw(&self, sql: String) -> Result<Vec<SqlxRow>, SqlxError> {
        Connection::query_all_raw(&self.master, sql).await
    }
}

fn not_begun() -> SqlxError {
    configuration("no statement has decided this transaction's bind: begin it by a handle of one")
}

fn configuration(problem: &'static str) -> SqlxError {
    SqlxError::Configuration(problem.into())
}
