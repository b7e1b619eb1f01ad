use std::str::FromStr;

use sea_orm::{
    ConnectOptions,
    sqlx::{ConnectOptions as _, postgres::PgConnectOptions},
};

use super::{
    acquire_check::AcquireCheck, node_opener::NodeOpener, postgres_session::PostgresSession,
};
use crate::{error::ConnectError, node::Role};

impl NodeOpener {
    /// sqlx has one hook per new connection and SeaORM uses it for the search path, so all of a session is set there.
    pub(super) fn postgres(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        let driver = self.postgres_driver()?;
        options.map_sqlx_postgres_opts(move |_| driver.clone());
        let session = PostgresSession::new(self);
        let check = (self.role == Role::Slave).then(|| AcquireCheck::new(self));
        if session.is_none() && check.is_none() {
            return Ok(());
        }
        options.map_sqlx_postgres_pool_opts(move |mut pool| {
            if let Some(check) = &check {
                pool = check.on(pool);
            }
            let Some(session) = &session else { return pool };
            let session = session.clone();
            pool.after_connect(move |connection, _| {
                let session = session.clone();
                Box::pin(async move { session.begin(connection).await })
            })
        });
        Ok(())
    }

    fn postgres_driver(&self) -> Result<PgConnectOptions, ConnectError> {
        let mut driver =
            PgConnectOptions::from_str(self.url.expose()).map_err(|error| self.unusable(error))?;
        if let Some(name) = &self.pool.application_name {
            driver = driver.application_name(name);
        }
        if self.pooling.splits_statements() {
            driver = driver.statement_cache_capacity(0);
        }
        Ok(match self.pool.statement_log {
            Some(level) => driver.log_statements(level),
            None => driver.disable_statement_logging(),
        })
    }
}
