use std::str::FromStr;

use sea_orm::{
    ConnectOptions,
    sqlx::{ConnectOptions as _, Executor, mysql::MySqlConnectOptions},
};

use super::{acquire_check::AcquireCheck, node_opener::NodeOpener};
use crate::{error::ConnectError, node::Role};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// That also stops what `read_only` lets pass: a routine whose definer may write on a read-only server.
    pub(super) fn mysql(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        let driver = self.mysql_driver()?;
        options.map_sqlx_mysql_opts(move |_| driver.clone());
        if self.role == Role::Slave {
            let check = AcquireCheck::new(self);
            let is_shared = self.is_declared_shared();
            options.map_sqlx_mysql_pool_opts(move |pool| {
                if is_shared {
                    return check.on(pool);
                }
                check.on(pool).after_connect(|connection, _| {
                    let read_only = "SET SESSION TRANSACTION READ ONLY";
                    Box::pin(async move { connection.execute(read_only).await.map(drop) })
                })
            });
        }
        Ok(())
    }

    fn mysql_driver(&self) -> Result<MySqlConnectOptions, ConnectError> {
        let driver = MySqlConnectOptions::from_str(self.url.expose());
        let driver = driver.map_err(|error| self.unusable(error))?;
        Ok(match self.pool.statement_log {
            Some(level) => driver.log_statements(level),
            None => driver.disable_statement_logging(),
        })
    }
}
