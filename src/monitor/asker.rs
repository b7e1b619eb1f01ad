use std::{sync::Arc, time::Duration};

use super::{
    desk::{Desk, Desks, is_of_server},
    probe::{self, Probe},
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Life, Moment, Position, Source},
    node::Node,
};

/// How the monitor of a bind asks a node's server: on a connection of its own until it is certain which server that is, and as
/// long as anything is wrong with the node; else where all ask who have a bind on that server.
#[derive(Debug)]
pub(super) struct Asker {
    own: Option<Box<dyn Probe>>,
    desk: Option<Arc<Desk>>,
    /// Who answered on the bind's own connection.
    server: Option<Identity>,
    /// When was asked what it took in last: a beat brings something newer.
    heard: Moment,
}

/// Which server it is, as it said itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    life: Life,
    system: System,
}

/// What stays the same of a server's position.
#[derive(Clone, Debug, PartialEq, Eq)]
enum System {
    Unknown,
    Postgres(u64),
    MariaDb(u32),
    MySql(crate::freshness::ServerUuid),
}

impl Asker {
    /// `None` for what can't be asked.
    pub(super) fn new(desks: &Desks, node: &Node, source: Source, roles: Roles) -> Option<Self> {
        Some(Self {
            own: Some(probe::of(node)?),
            desk: desks.of(node, source, roles),
            server: None,
            heard: Moment::FIRST,
        })
    }

    /// What the server of `node` says of itself, and when it was asked: not longer ago than `patience`.
    ///
    /// Cancel safe, as the questions are.
    pub(super) async fn ask(
        &mut self,
        node: &Arc<Node>,
        source: Source,
        roles: Roles,
        patience: Duration,
    ) -> (Moment, Result<Report, ProbeFailure>) {
        if let Some(told) = self.told(node, source, roles, patience).await {
            self.heard = told.0;
            return told;
        }
        let wanted = Moment::now();
        let desk = self.desk.clone();
        let _turn = match &desk {
            Some(desk) => desk.turn().await,
            None => None,
        };
        if let Some(desk) = desk.as_ref().filter(|_| !node.is_behind_pooler())
            && let Some((asked, failure)) = desk.silence(wanted).await
        {
            self.heard = asked;
            return (asked, Err(failure));
        }
        let asked = Moment::now();
        self.heard = asked;
        let Some(mut own) = self.own.take().or_else(|| probe::of(node)) else {
            let failure = ProbeFailure::timeout("there is nobody to ask".to_owned());
            return (asked, Err(failure));
        };
        let report = probe::ask(own.as_mut(), node, source, roles).await;
        self.server = report.as_ref().ok().and_then(Identity::of);
        match (&desk, &self.server) {
            (Some(desk), Some(_)) => desk.take_over(node, own).await,
            _ => self.own = Some(own),
        }
        if let (Some(desk), Err(failure)) = (&desk, &report)
            && is_of_server(failure)
        {
            desk.note_silence(asked, failure).await;
        }
        (asked, report)
    }

    /// What is told to all, if it holds for this node.
    async fn told(
        &self,
        node: &Node,
        source: Source,
        roles: Roles,
        patience: Duration,
    ) -> Option<(Moment, Result<Report, ProbeFailure>)> {
        let (desk, server) = (self.desk.as_ref()?, self.server.as_ref()?);
        if node.is_behind_pooler() {
            return None;
        }
        let newer = self.heard.plus(Duration::from_micros(1));
        let earliest = Moment::now().minus(patience).max(newer);
        let said = desk.ask(earliest, source, roles).await?;
        let holds = match &said.report {
            // Something is wrong with this bind alone, or was: its own database says it.
            Ok(_) if node.health.is_suspect() => false,
            Ok(report) => Identity::of(report).as_ref() == Some(server),
            Err(failure) => is_of_server(failure),
        };
        holds.then(|| (said.asked, said.report.clone()))
    }
}

impl Identity {
    fn of(report: &Report) -> Option<Self> {
        Some(Self {
            life: report.life.clone()?,
            system: match &report.position {
                Ok(Position::Postgres(lsn)) => System::Postgres(lsn.system),
                Ok(Position::MariaDb { server, .. }) => System::MariaDb(*server),
                Ok(Position::MySql { server, .. }) => System::MySql(*server),
                Ok(Position::Heartbeat(_)) | Err(_) => System::Unknown,
            },
        })
    }
}
