use std::str::FromStr;

use sea_orm::{
    ConnectOptions,
    sqlx::{ConnectOptions as _, Executor, mysql::MySqlConnectOptions},
};

use super::{acquire_check::AcquireCheck, node_opener::NodeOpener};
use crate::{
    error::ConnectError,
    node::{Arrival, Role},
};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// That also stops what `read_only` lets pass: a routine whose definer may write on a read-only server.
    pub(super) fn mysql(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        let driver = self.mysql_driver()?;
        options.map_sqlx_mysql_opts(move |_| driver.clone());
        let (check, is_slave) = (AcquireCheck::new(self), self.role == Role::Slave);
        options.map_sqlx_mysql_pool_opts(move |pool| {
            let pool = check.on_release(check.on(pool));
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    if is_slave {
                        let read_only = "SET SESSION TRANSACTION READ ONLY";
                        connection.execute(read_only).await?;
                    }
                    Arrival::note();
                    Ok(())
                })
            })
        });
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
