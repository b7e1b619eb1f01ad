use std::str::FromStr;

use sea_orm::{
    ConnectOptions,
    sqlx::{AssertSqlSafe, ConnectOptions as _, Executor, postgres::PgConnectOptions},
};

use super::{acquire_check::AcquireCheck, node_opener::NodeOpener};
use crate::{
    error::ConnectError,
    node::{Arrival, Role},
};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// sqlx has one hook per new connection and SeaORM uses it for the search path, so both are set here. They
    /// are set after connecting and not in the start-up packet, because PgBouncer refuses options there.
    pub(super) fn postgres(&self, options: &mut ConnectOptions) -> Result<(), ConnectError> {
        let driver = self.postgres_driver()?;
        options.map_sqlx_postgres_opts(move |_| driver.clone());
        let (check, settings) = (AcquireCheck::new(self), self.postgres_settings());
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let settings = settings.clone();
            check.on(pool).after_connect(move |connection, _| {
                let settings = settings.clone();
                Box::pin(async move {
                    if !settings.is_empty() {
                        connection.execute(AssertSqlSafe(settings)).await?;
                    }
                    Arrival::note();
                    Ok(())
                })
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
        Ok(match self.pool.statement_log {
            Some(level) => driver.log_statements(level),
            None => driver.disable_statement_logging(),
        })
    }

    fn postgres_settings(&self) -> String {
        let mut settings = Vec::new();
        if self.role == Role::Slave {
            settings.push("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY".to_owned());
        }
        if let Some(timeout) = self.pool.statement_timeout {
            settings.push(format!("SET statement_timeout = {}", timeout.as_millis()));
        }
        if let Some(path) = &self.pool.schema_search_path {
            settings.push(format!("SET search_path = {}", quoted_schemas(path)));
        }
        settings.join("; ")
    }
}

/// `app, public` → `"app", "public"`, with what is quoted left as it is.
fn quoted_schemas(path: &str) -> String {
    let quoted = |schema: &str| match schema.trim() {
        schema if schema.starts_with('"') => schema.to_owned(),
        schema => format!("\"{}\"", schema.replace('"', "\"\"")),
    };
    path.split(',').map(quoted).collect::<Vec<_>>().join(", ")
}
