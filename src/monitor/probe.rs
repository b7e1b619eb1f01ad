use std::time::Duration;

use sea_orm::{DatabaseConnection, DatabaseConnectionType};
use tokio::time::timeout;

#[cfg(feature = "sqlx-mysql")]
use super::mysql::MySqlProbe;
#[cfg(feature = "sqlx-postgres")]
use super::postgres::PostgresProbe;
use super::report::{Failure, Report};
use crate::{
    config::Roles,
    freshness::{Position, Source},
    node::Role,
};

/// A server that takes longer, connecting included, counts as one that does not answer.
const PATIENCE: Duration = Duration::from_millis(800);

/// The monitor's own connection to one server: opened with its pool's options, and never waiting for that pool.
#[derive(Debug)]
pub(super) enum Probe {
    #[cfg(feature = "sqlx-postgres")]
    Postgres(PostgresProbe),
    #[cfg(feature = "sqlx-mysql")]
    MySql(Box<MySqlProbe>),
}

/// Whether a probe can be made for the server behind `connection`.
pub(crate) fn can_ask(connection: &DatabaseConnection) -> bool {
    Probe::new(connection).is_some()
}

/// How far the master behind `connection` has come, asked on a connection of its pool. `known` is what it once
/// answered.
#[cfg_attr(
    not(all(feature = "sqlx-postgres", feature = "sqlx-mysql")),
    allow(unused_variables, reason = "drivers read them")
)]
pub(crate) async fn position(
    connection: &DatabaseConnection,
    source: Source,
    known: Option<Position>,
) -> Result<Position, String> {
    let answer = async {
        match &connection.inner {
            #[cfg(feature = "sqlx-postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                super::postgres::master(connection.get_postgres_connection_pool(), source).await
            }
            #[cfg(feature = "sqlx-mysql")]
            DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
                let is_mariadb = known.map(|known| matches!(known, Position::MariaDb { .. }));
                super::mysql::master(connection.get_mysql_connection_pool(), source, is_mariadb)
                    .await
            }
            _ => Err("is no server that has positions".to_owned()),
        }
    };
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(late()),
    }
}

fn late() -> String {
    format!("no answer within {} ms", PATIENCE.as_millis())
}

impl Probe {
    /// `None` for what is no pool of a server, such as a mock.
    pub(super) fn new(connection: &DatabaseConnection) -> Option<Self> {
        match &connection.inner {
            #[cfg(feature = "sqlx-postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => Some(Self::Postgres(
                PostgresProbe::new(connection.get_postgres_connection_pool()),
            )),
            #[cfg(feature = "sqlx-mysql")]
            DatabaseConnectionType::SqlxMySqlPoolConnection(_) => Some(Self::MySql(Box::new(
                MySqlProbe::new(connection.get_mysql_connection_pool()),
            ))),
            _ => None,
        }
    }

    /// What the server says of itself.
    ///
    /// Cancel safe: a connection whose answer was not waited for is closed.
    #[cfg_attr(
        not(feature = "sqlx-mysql"),
        allow(unused_variables, reason = "drivers read them")
    )]
    pub(super) async fn ask(
        &mut self,
        role: Role,
        source: Source,
        roles: Roles,
    ) -> Result<Report, Failure> {
        let answer = async {
            match self {
                #[cfg(feature = "sqlx-postgres")]
                Self::Postgres(probe) => probe.ask(role, source).await,
                #[cfg(feature = "sqlx-mysql")]
                Self::MySql(probe) => probe.ask(role, source, roles).await,
                #[cfg(not(any(feature = "sqlx-postgres", feature = "sqlx-mysql")))]
                _ => Err(Failure::timeout("no driver".to_owned())),
            }
        };
        match timeout(PATIENCE, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::timeout(late())),
        }
    }
}
