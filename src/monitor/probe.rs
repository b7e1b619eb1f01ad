use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseConnectionType};
use tokio::time::timeout;

use super::report::{ProbeFailure, Report};
use crate::{
    config::Roles,
    freshness::{Position, Source},
    node::{Node, Role},
    observe::Fault,
};

/// A server that takes longer, connecting included, counts as one that does not answer.
const PATIENCE: Duration = Duration::from_millis(800);

/// The monitor's own connection to one server: opened with its pool's options, and never waiting for that pool.
#[async_trait]
pub(super) trait Probe: Debug + Send + Sync {
    /// What the server says of itself.
    ///
    /// Cancel safe: a connection whose answer was not waited for is closed.
    async fn ask(
        &mut self,
        role: Role,
        source: Source,
        roles: Roles,
    ) -> Result<Report, ProbeFailure>;
}

/// A probe of the server behind `connection`; `None` for what is no pool of a server, such as a mock.
pub(super) fn probe(connection: &DatabaseConnection) -> Option<Box<dyn Probe>> {
    match &connection.inner {
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            Some(Box::new(super::postgres::PostgresProbe::new(pool)))
        }
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            Some(Box::new(super::mysql::MySqlProbe::new(pool)))
        }
        _ => None,
    }
}

/// Whether a probe can be made for the server behind `connection`.
pub(crate) fn can_ask(connection: &DatabaseConnection) -> bool {
    probe(connection).is_some()
}

/// What the server of `node` says of itself, if it says it in time.
///
/// A login that it refused is tried again with new credentials, if there is a provider of such. That the probe's own
/// session has ended since the last question says nothing: a new one is asked.
pub(super) async fn ask(
    probe: &mut dyn Probe,
    node: &Node,
    source: Source,
    roles: Roles,
) -> Result<Report, ProbeFailure> {
    let mut refusals = 0;
    loop {
        let report = timeout(PATIENCE, ask_twice(probe, node, source, roles)).await;
        let report = report.unwrap_or_else(|_| Err(ProbeFailure::timeout(late())));
        match report {
            Err(failure) if failure.is_login_refused => {
                if !node.renews_refused_login(&mut refusals).await {
                    return Err(failure);
                }
            }
            report => return report,
        }
    }
}

async fn ask_twice(
    probe: &mut dyn Probe,
    node: &Node,
    source: Source,
    roles: Roles,
) -> Result<Report, ProbeFailure> {
    match probe.ask(node.role, source, roles).await {
        Err(failure) if failure.fault.is_some_and(Fault::is_of_session) => {
            node.doubt_connections();
            probe.ask(node.role, source, roles).await
        }
        answer => answer,
    }
}

/// How far the master behind `connection` has come, asked on a connection of its pool. `known` is what it once
/// answered.
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
                super::mysql::master(connection.get_mysql_connection_pool(), source, known).await
            }
            _ => Err("is no server that has positions".to_owned()),
        }
    };
    timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err(late()))
}

fn late() -> String {
    format!("no answer within {} ms", PATIENCE.as_millis())
}
