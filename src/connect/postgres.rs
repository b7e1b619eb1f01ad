use std::str::FromStr;

use sea_orm::{
    ConnectOptions, DbErr,
    sqlx::{AssertSqlSafe, ConnectOptions as _, Connection, Executor, postgres::PgConnectOptions},
};

use super::{
    acquire_check::AcquireCheck,
    node_opener::{NodeOpener, connecting},
};
use crate::{
    config::SearchPath,
    credentials::Credentials,
    error::ConnectError,
    monitor::introduce_postgres,
    node::{Arrival, Role},
};

impl NodeOpener {
    /// Every session of a slave is read-only by the server's own means, whatever the URL points at.
    ///
    /// sqlx has one hook per new connection and SeaORM uses it for the search path, so both are set here. They
    /// are set after connecting and not in the start-up packet, because PgBouncer refuses options there. In the same
    /// round trip the server says who it is: what is known of another one, or of its earlier life, does not count here.
    pub(super) fn postgres(
        &self,
        options: &mut ConnectOptions,
        credentials: Option<&Credentials>,
    ) -> Result<(), ConnectError> {
        let driver = self.postgres_driver(credentials)?;
        options.map_sqlx_postgres_opts(move |_| driver.clone());
        let (settings, role) = (self.postgres_settings(), self.role);
        let acquaintance = self.acquaintance.clone();
        let check = AcquireCheck::new(self);
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let (settings, acquaintance) = (settings.clone(), acquaintance.clone());
            check.on(pool).after_connect(move |connection, _| {
                let (settings, acquaintance) = (settings.clone(), acquaintance.clone());
                Box::pin(async move {
                    let before = acquaintance.glimpse();
                    let said = introduce_postgres(connection, &settings, role, before.source);
                    acquaintance.greet(role, &before, said.await?);
                    Arrival::note();
                    Ok(())
                })
            })
        });
        Ok(())
    }

    /// Opens one connection as a pool does, and closes it.
    pub(super) async fn dial_postgres(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<(), DbErr> {
        let driver = self.postgres_driver(credentials)?;
        let dialled = async {
            let mut connection = driver.connect().await?;
            let settings = AssertSqlSafe(self.postgres_settings());
            connection.execute(settings).await?;
            connection.close().await
        };
        dialled.await.map_err(connecting)
    }

    fn postgres_driver(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<PgConnectOptions, ConnectError> {
        let mut driver =
            PgConnectOptions::from_str(self.url.expose()).map_err(|error| self.unusable(error))?;
        if let Some(credentials) = credentials {
            driver = driver.password(credentials.password());
            if let Some(user) = credentials.named_user() {
                driver = driver.username(user);
            }
        }
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

/// `app, public` → `"app", "public"`. What is no list of names was refused when the configuration was checked; here it is
/// nothing, with which no connection opens.
fn quoted_schemas(path: &str) -> String {
    SearchPath::read(path).unwrap_or_default().to_string()
}
