use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseConnectionType};
use tokio::time::timeout;

use super::report::{ProbeFailure, Report};
use crate::{
    config::Roles,
    freshness::{Moment, Position, Source},
    node::{Node, Role},
    observe::Fault,
};

/// A server that takes longer, connecting included, counts as one that does not answer.
const PATIENCE: Duration = Duration::from_millis(800);

/// How long a connection is kept on which the server only answers by errors: what a role may and is set to do holds for new
/// sessions.
const PARDONED: Duration = Duration::from_secs(10);

/// How long a connection is kept on which a master says that it takes no writes.
const SUSPECTED: Duration = Duration::from_secs(1);

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

    /// The same on a connection of the pool that is open, of which it is not known since when; `None` if there is none.
    ///
    /// Cancel safe, as [`ask`](Self::ask).
    async fn ask_inside(&mut self, role: Role, source: Source, roles: Roles) -> Option<Report>;
}

/// Whether a connection that was `opened` then is asked again after it has told this: an error of the question ends no session.
pub(super) fn is_worth_keeping(
    report: &Result<Report, ProbeFailure>,
    role: Role,
    opened: Moment,
) -> bool {
    match report {
        // Its address may lead to another server by now, which a connection that is open never hears of.
        Ok(report) if role == Role::Master && !report.is_writer => {
            Moment::now().since(opened) < SUSPECTED
        }
        Ok(_) => true,
        Err(failure) => {
            let is_of_question = failure.is_answer && failure.fault.is_none();
            is_of_question && Moment::now().since(opened) < PARDONED
        }
    }
}

/// A probe of the node's server, as [`probe`] gives it.
pub(super) fn of(node: &Node) -> Option<Box<dyn Probe>> {
    #[cfg(feature = "testing")]
    if let Some(probe) = super::scripted::ScriptedProbe::new(&node.opener) {
        return Some(Box::new(probe));
    }
    probe(&node.connection)
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
/// session has ended since the last question says nothing: a new one is asked. Where that is not let in, sessions that are
/// open go on, and one of those is asked: a full server is not down, nor one that takes a password or a certificate no more.
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
            Err(failure)
                if failure.is_login_refused && node.renews_refused_login(&mut refusals).await => {}
            Err(failure) if failure.fault.is_some_and(Fault::is_of_entry) => {
                let inside = probe.ask_inside(node.role, source, roles);
                let report = timeout(PATIENCE, inside).await.ok().flatten();
                return report.ok_or(failure);
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

/// How far the master has come, asked on a connection of its pool. `known` is what it once
/// answered.
pub(crate) async fn position(
    master: &Node,
    source: Source,
    known: Option<Position>,
) -> Result<Position, String> {
    let connection = &master.connection;
    let answer = async {
        #[cfg(feature = "testing")]
        if let Some(script) = master.opener.script() {
            let said = script.said().await;
            return said
                .map(|said| said.position)
                .map_err(|fault| fault.to_string());
        }
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
    let answer = async {
        match master.seat().await {
            Ok(Some(seat)) => seat.of(answer).await,
            Ok(None) => answer.await,
            Err(error) => Err(error.to_string()),
        }
    };
    timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err(late()))
}

fn late() -> String {
    format!("no answer within {} ms", PATIENCE.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{freshness::Life, node::test_node};

    /// A server that lets nobody in, and answers whoever is inside, if somebody is.
    #[derive(Debug)]
    struct Closed {
        fault: Fault,
        has_session: bool,
    }

    #[async_trait]
    impl Probe for Closed {
        async fn ask(&mut self, _: Role, _: Source, _: Roles) -> Result<Report, ProbeFailure> {
            Err(ProbeFailure {
                fault: Some(self.fault),
                ..ProbeFailure::timeout("turned away".to_owned())
            })
        }

        async fn ask_inside(&mut self, _: Role, _: Source, _: Roles) -> Option<Report> {
            self.has_session.then(|| Report {
                opened: Moment::FIRST,
                life: Some(Life::new("one")),
                is_writer: true,
                follows: Ok(false),
                position: Err("is not asked for".to_owned()),
                claim: None,
            })
        }
    }

    #[tokio::test]
    async fn server_that_lets_nobody_in_is_asked_by_those_who_are_inside() {
        let node = test_node("master", 1);
        for (fault, has_session, answers) in [
            (Fault::TooManyConnections, true, true),
            (Fault::Rejected, true, true),
            (Fault::Protocol, true, true),
            (Fault::Unresolved, true, true),
            (Fault::TooManyConnections, false, false),
            (Fault::Refused, true, false),
            (Fault::Unavailable, true, false),
        ] {
            let mut probe = Closed { fault, has_session };
            let report = ask(&mut probe, &node, Source::Positions, Roles::Discover).await;
            assert_eq!(report.is_ok(), answers, "{fault}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connection_is_kept_when_only_the_question_was_wrong_and_not_for_ever() {
        let opened = Moment::now();
        let wrong = |fault, is_answer| {
            Err(ProbeFailure {
                fault,
                is_answer,
                ..ProbeFailure::timeout("permission denied".to_owned())
            })
        };
        let keeps = |report| is_worth_keeping(&report, Role::Slave, opened);
        assert!(keeps(wrong(None, true)));
        assert!(!keeps(wrong(None, false)));
        assert!(!keeps(wrong(Some(Fault::Ended), true)));
        tokio::time::advance(PARDONED * 2).await;
        assert!(!keeps(wrong(None, true)));
    }
}
