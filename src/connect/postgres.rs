use std::str::FromStr;

use sea_orm::{
    ConnectOptions, DbErr,
    sqlx::{ConnectOptions as _, Connection, postgres::PgConnectOptions},
};

use super::{
    acquire_check::AcquireCheck,
    node_opener::{NodeOpener, connecting},
    postgres_session::PostgresSession,
};
use crate::{credentials::Credentials, error::ConnectError, monitor::introduce_postgres};

impl NodeOpener {
    /// sqlx has one hook per new connection and SeaORM uses it for the search path, so all of a session is set there. In
    /// the same round trip the server says who it is: what is known of another one, or of its earlier life, does not
    /// count here.
    pub(super) fn postgres(
        &self,
        options: &mut ConnectOptions,
        credentials: Option<&Credentials>,
    ) -> Result<(), ConnectError> {
        let driver = self.postgres_driver(credentials)?;
        options.map_sqlx_postgres_opts(move |_| driver.clone());
        let (session, role) = (PostgresSession::new(self), self.role);
        let acquaintance = (!self.is_declared_shared()).then(|| self.acquaintance.clone());
        let check = AcquireCheck::new(self);
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let (session, acquaintance) = (session.clone(), acquaintance.clone());
            let pool = check.on(pool);
            let check = check.clone();
            pool.after_connect(move |connection, _| {
                let (session, acquaintance) = (session.clone(), acquaintance.clone());
                let check = check.clone();
                Box::pin(async move {
                    if let Some(acquaintance) = acquaintance {
                        let before = acquaintance.glimpse();
                        let settings = session.as_ref().map_or("", PostgresSession::sql);
                        let (said, set) =
                            introduce_postgres(connection, settings, role, before.source).await?;
                        if let (Some(session), Some(set)) = (session, set) {
                            session.note(&set)?;
                        }
                        acquaintance.greet(role, &before, said);
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
    pub(super) async fn dial_postgres(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<(), DbErr> {
        let driver = self.postgres_driver(credentials)?;
        let dialled = async {
            let mut connection = driver.connect().await?;
            if let Some(session) = PostgresSession::new(self) {
                session.begin(&mut connection).await?;
            }
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
        if let Some(address) = self.url.ipv6() {
            driver = driver.host(&address);
        }
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
