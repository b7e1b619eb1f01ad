use std::str::FromStr;

use sea_orm::{
    ConnectOptions,
    sqlx::{ConnectOptions as _, mysql::MySqlConnectOptions},
};

use super::{acquire_check::AcquireCheck, node_opener::NodeOpener};
use crate::{error::ConnectError, monitor::introduce_mysql, node::Role};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// That also stops what `read_only` lets pass: a routine whose definer may write on a read-only server.
    /// In the same round trip the server says who it is: what is known of another one, or of its earlier life, does not
    /// count here.
    pub(super) fn mysql(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        let driver = self.mysql_driver()?;
        options.map_sqlx_mysql_opts(move |_| driver.clone());
        let role = self.role;
        let settings = match role {
            Role::Slave => "SET SESSION TRANSACTION READ ONLY",
            Role::Master => "",
        };
        let acquaintance = self.acquaintance.clone();
        let check = AcquireCheck::new(self);
        options.map_sqlx_mysql_pool_opts(move |pool| {
            let acquaintance = acquaintance.clone();
            check.on(pool).after_connect(move |connection, _| {
                let acquaintance = acquaintance.clone();
                Box::pin(async move {
                    let before = acquaintance.glimpse();
                    let said = introduce_mysql(connection, settings, role, before.source);
                    acquaintance.greet(role, &before, said.await?);
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
