use std::str::FromStr;

use sea_orm::{
    ConnectOptions, DbErr,
    sqlx::{ConnectOptions as _, Connection, mysql::MySqlConnectOptions},
};

use super::{
    acquire_check::AcquireCheck,
    node_opener::{NodeOpener, connecting},
};
use crate::{credentials::Credentials, error::ConnectError, monitor::introduce_mysql, node::Role};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// That also stops what `read_only` lets pass: a routine whose definer may write on a read-only server.
    /// In the same round trip the server says who it is: what is known of another one, or of its earlier life, does not
    /// count here.
    pub(super) fn mysql(
        &self,
        options: &mut ConnectOptions,
        credentials: Option<&Credentials>,
    ) -> Result<(), ConnectError> {
        let driver = self.mysql_driver(credentials)?;
        options.map_sqlx_mysql_opts(move |_| driver.clone());
        let role = self.role;
        let settings = match role {
            Role::Slave => "SET SESSION TRANSACTION READ ONLY",
            Role::Master => "",
        };
        let acquaintance = (!self.is_declared_shared()).then(|| self.acquaintance.clone());
        let check = AcquireCheck::new(self);
        options.map_sqlx_mysql_pool_opts(move |pool| {
            let acquaintance = acquaintance.clone();
            let pool = check.on_release(check.on(pool));
            let check = check.clone();
            pool.after_connect(move |connection, _| {
                let (acquaintance, check) = (acquaintance.clone(), check.clone());
                Box::pin(async move {
                    if let Some(acquaintance) = acquaintance {
                        let before = acquaintance.glimpse();
                        let said = introduce_mysql(connection, settings, role, before.source);
                        acquaintance.greet(role, &before, said.await?);
                    }
                    check.dress(connection, true).await?;
                    check.note_arrival();
                    Ok(())
                })
            })
        });
        Ok(())
    }

    /// Opens one connection as a pool does, and closes it.
    pub(super) async fn dial_mysql(&self, credentials: Option<&Credentials>) -> Result<(), DbErr> {
        let driver = self.mysql_driver(credentials)?;
        let dialled = async { driver.connect().await?.close().await };
        dialled.await.map_err(connecting)
    }

    fn mysql_driver(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<MySqlConnectOptions, ConnectError> {
        let driver = MySqlConnectOptions::from_str(self.url.expose());
        let mut driver = driver.map_err(|error| self.unusable(error))?;
        if let Some(credentials) = credentials {
            driver = driver.password(credentials.password());
            if let Some(user) = credentials.named_user() {
                driver = driver.username(user);
            }
        }
        if let Some(address) = self.url.ipv6() {
            driver = driver.host(&address);
        }
        Ok(match self.pool.statement_log {
            Some(level) => driver.log_statements(level),
            None => driver.disable_statement_logging(),
        })
    }
}
