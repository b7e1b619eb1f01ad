use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::{Mutex as Line, Semaphore, SemaphorePermit};

use super::{
    probe::{self, Probe},
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Moment, Source},
    node::{Address, Node, Role},
    observe::Fault,
};

/// What the monitors of all binds ask together: each server once, and not once for each of its databases.
#[derive(Debug, Default)]
pub(crate) struct Desks(Mutex<HashMap<Question, Weak<Desk>>>);

/// What is asked, and where: the same for all who want to know the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    address: Address,
    role: Role,
    roles: Roles,
    is_of_positions: bool,
}

/// How many find out at once which server is theirs, on connections of their own: a thousand binds may come at the same time.
const NEWCOMERS: usize = 4;

/// Where the monitors of binds on one server get what that says of itself.
#[derive(Debug)]
pub(super) struct Desk {
    clerk: Line<Clerk>,
    newcomers: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            clerk: Line::default(),
            newcomers: Semaphore::new(NEWCOMERS),
        }
    }
}

/// Who asks the server for all.
#[derive(Debug, Default)]
struct Clerk {
    /// A connection of one of the binds, which is of no more use to that alone.
    probe: Option<(Arc<Node>, Box<dyn Probe>)>,
    last: Option<Arc<Said>>,
}

/// What the server said when it was asked.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) asked: Moment,
    pub(super) report: Result<Report, ProbeFailure>,
}

impl Desks {
    /// That of the node's server; `None` where the answer is the bind's alone: a table of its own is read, its logins are asked
    /// of a provider, or a pooler may lead each database to another server.
    pub(super) fn of(&self, node: &Node, source: Source, roles: Roles) -> Option<Arc<Desk>> {
        if source == Source::Heartbeat || node.login.is_some() {
            return None;
        }
        let question = Question {
            address: node.opener.address()?,
            role: node.role,
            roles,
            is_of_positions: source == Source::Positions,
        };
        let mut desks = self.0.lock();
        if let Some(desk) = desks.get(&question).and_then(Weak::upgrade) {
            return Some(desk);
        }
        desks.retain(|_, desk| desk.strong_count() > 0);
        let desk = Arc::<Desk>::default();
        desks.insert(question, Arc::downgrade(&desk));
        Some(desk)
    }
}

impl Desk {
    /// What the server says, asked at `earliest` or later; `None` if there is nobody who could ask.
    ///
    /// Cancel safe, as asking is: whoever waits asks then.
    pub(super) async fn ask(
        &self,
        earliest: Moment,
        source: Source,
        roles: Roles,
    ) -> Option<Arc<Said>> {
        let mut clerk = self.clerk.lock().await;
        if let Some(last) = clerk.last.as_ref().filter(|said| said.asked >= earliest) {
            return Some(last.clone());
        }
        let (node, mut probe) = clerk.probe.take()?;
        let asked = Moment::now();
        let report = probe::ask(probe.as_mut(), &node, source, roles).await;
        if let Err(failure) = &report
            && !is_of_server(failure)
        {
            // Its own database, or its own login: somebody else has to ask.
            return None;
        }
        clerk.probe = Some((node, probe));
        let said = Arc::new(Said { asked, report });
        clerk.last = Some(said.clone());
        Some(said)
    }

    /// Takes the connection over on which a node's server has answered, if there is none.
    pub(super) async fn take_over(&self, node: &Arc<Node>, probe: Box<dyn Probe>) {
        let mut clerk = self.clerk.lock().await;
        if clerk.probe.is_none() {
            clerk.probe = Some((node.clone(), probe));
        }
    }

    /// The turn of one that asks by itself.
    ///
    /// Cancel safe.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.newcomers.acquire().await.ok()
    }

    /// Notes that nobody answers there.
    pub(super) async fn note_silence(&self, asked: Moment, failure: &ProbeFailure) {
        let said = Said {
            asked,
            report: Err(failure.clone()),
        };
        self.clerk.lock().await.last = Some(Arc::new(said));
    }

    /// That nobody answers there, if somebody has found that at `earliest` or later: it is so for all who come by this address.
    pub(super) async fn silence(&self, earliest: Moment) -> Option<(Moment, ProbeFailure)> {
        let clerk = self.clerk.lock().await;
        let last = clerk.last.as_ref().filter(|said| said.asked >= earliest)?;
        let failure = last
            .report
            .as_ref()
            .err()
            .filter(|failure| is_of_server(failure))?;
        Some((last.asked, failure.clone()))
    }
}

/// Whether nobody gets an answer there, whatever database or user is named.
pub(super) fn is_of_server(failure: &ProbeFailure) -> bool {
    matches!(
        failure.fault,
        Some(Fault::Refused | Fault::Unavailable | Fault::Timeout | Fault::Unresolved)
    )
}
