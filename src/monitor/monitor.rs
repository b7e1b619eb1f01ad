use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use sea_orm::DbBackend;
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, interval},
};
use tracing::warn;

use super::{
    asker::Asker,
    claims::Claims,
    desk::Desks,
    purge::purge,
    report::{ProbeFailure, Report},
    stalls::Stalls,
    strangers::Strangers,
    told::Told,
};
use crate::{
    config::Roles,
    events::NODE,
    freshness::{Moment, Samples, Source},
    names::{BindName, NodeName},
    node::{Bind, Change, Heard, Node, Random, Replication, Role, SEVERAL, Topology, Watched},
    observe::Fault,
};

/// How often to look whether statements stand still: nobody is asked for that.
const LOOK: Duration = Duration::from_millis(250);

/// Watches the servers of one bind.
///
/// On each beat it asks the master, and when that has answered, the slaves. A server that does not answer delays
/// nobody but itself.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(super) bind: BindName,
    pub(super) topology: Arc<ArcSwap<Topology>>,
    pub(super) replication: Arc<Replication>,
    /// Whose positions the samples are.
    pub(super) master: Arc<Node>,
    desks: Arc<Desks>,
    servers: HashMap<NodeName, Arc<Node>>,
    /// With the node whose server it asks: another may have its name meanwhile.
    idle: HashMap<NodeName, (Arc<Node>, Asker)>,
    busy: HashSet<NodeName>,
    asking: JoinSet<Answer>,
    stalls: Stalls,
    told: Told,
    pub(super) strangers: Strangers,
    pub(super) claims: Claims,
    /// Whether it is not certain who the master is.
    seeks_master: bool,
    /// Whether there is nothing more to watch.
    is_over: bool,
}

/// What a server answered to a question asked at `asked`.
#[derive(Debug)]
struct Answer {
    node: Arc<Node>,
    asker: Asker,
    asked: Moment,
    report: Result<Report, ProbeFailure>,
}

impl Monitor {
    pub(crate) fn new(bind: &Bind, topology: Arc<ArcSwap<Topology>>, desks: Arc<Desks>) -> Self {
        Self {
            desks,
            bind: bind.name.clone(),
            topology,
            replication: bind.replication.clone(),
            master: bind.master.clone(),
            servers: HashMap::new(),
            idle: HashMap::new(),
            busy: HashSet::new(),
            asking: JoinSet::new(),
            stalls: Stalls::default(),
            told: Told::default(),
            strangers: Strangers::default(),
            claims: Claims::of(&bind.replication.lineage),
            seeks_master: false,
            is_over: false,
        }
    }

    /// Watches until it is dropped, its bind is gone, or nobody uses that any more.
    pub(crate) async fn run(mut self, mut watched: Watched) {
        while let Some(bind) = self.bind() {
            if bind.may_rest() {
                drop(watched);
                // Who has come meanwhile has found it watched, and said before that somebody wants to know.
                let again = match self.replication.pulse.is_wanted() {
                    true => self.replication.watch(),
                    false => None,
                };
                match again {
                    Some(again) => watched = again,
                    None => break,
                }
            }
            let beat = Instant::now();
            self.forget_replaced(&bind);
            self.seeks_master = self.discovers() && bind.master.health.is_suspect();
            self.ask(&bind.master);
            if self.seeks_master {
                // Who is the master now? All are asked at once.
                bind.slaves.iter().for_each(|slave| self.ask(slave));
            }
            self.until_next(beat).await;
        }
        self.is_over = true;
    }

    pub(super) fn bind(&self) -> Option<Arc<Bind>> {
        let bind = self.topology.load().bind(&self.bind).cloned();
        // With other options, another monitor watches it.
        bind.filter(|bind| Arc::ptr_eq(&bind.replication, &self.replication))
    }

    /// Forgets servers that are no longer those of the bind's nodes, as after a change of binds.yaml.
    fn forget_replaced(&mut self, bind: &Bind) {
        let is_current = |node: &Node| bind.nodes().any(|other| other.shares_pool_with(node));
        self.idle.retain(|_, (node, _)| is_current(node));
        let is_there = |name: &NodeName| bind.nodes().any(|node| node.name == *name);
        self.stalls.retain(is_there);
        self.told.retain(is_there);
        self.strangers.retain(is_there);
        let of_server = |old: &Node| bind.nodes().find(|node| node.is_server_of(old));
        let next = |name: &NodeName| {
            let old = self.servers.get(name)?;
            Some(of_server(old)?.name.clone())
        };
        if self
            .servers
            .keys()
            .any(|name| next(name).as_ref() != Some(name))
        {
            self.claims.rename(next);
        }
        let servers = bind.nodes().map(|node| (node.name.clone(), node.clone()));
        self.servers = servers.collect();
        if !bind.master.shares_pool_with(&self.master) {
            self.master = bind.master.clone();
            self.forget_positions(bind);
        }
    }

    pub(super) fn forget_positions(&self, bind: &Bind) {
        *self.replication.samples() = Samples::default();
        bind.slaves
            .iter()
            .for_each(|slave| slave.freshness.forget());
    }

    fn discovers(&self) -> bool {
        self.replication.policy.failover.roles == Roles::Discover
    }

    /// Takes in answers until the next beat.
    async fn until_next(&mut self, beat: Instant) {
        let replication = self.replication.clone();
        let next = replication.pulse.next(beat, &Random::Thread);
        tokio::pin!(next);
        let mut look = interval(LOOK);
        loop {
            tokio::select! {
                _ = look.tick() => self.look(),
                Some(answer) = self.asking.join_next() => self.take_in(answer).await,
                () = &mut next => return,
            }
        }
    }

    /// Looks, without asking anybody, whether statements stand still.
    fn look(&mut self) {
        let Some(bind) = self.bind() else { return };
        self.stalls.look(bind.nodes());
        let mut slaves = bind.slaves.iter();
        if slaves.any(|slave| self.stalls.stands_still(slave)) {
            self.replication.pulse.want(Moment::now());
        }
    }

    async fn take_in(&mut self, answer: Result<Answer, JoinError>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                warn!(target: NODE, bind = %self.bind, %error, "a question to a server panicked");
                self.busy.clear();
                return;
            }
        };
        let Some(bind) = self.bind() else { return };
        self.forget_replaced(&bind);
        let name = answer.node.name.clone();
        self.busy.remove(&name);
        let is_back_up = self.note(&bind, answer);
        if is_back_up {
            self.renew(&name).await;
        }
        if self.discovers() {
            self.elect().await;
        }
    }

    /// Asks `node`, unless it has not answered the last question.
    fn ask(&mut self, node: &Arc<Node>) {
        // A dead slave is asked when its pause is over; the master is needed as soon as it is back, and so is whoever may
        // have become it.
        let is_needed = node.role == Role::Master || self.seeks_master;
        if !is_needed && node.health.is_down() && !node.health.is_due(Moment::now()) {
            return;
        }
        let idle = self.idle.remove(&node.name);
        let asker = idle.filter(|(asked, _)| asked.shares_pool_with(node));
        let asker = asker.map(|(_, asker)| asker);
        if !self.busy.insert(node.name.clone()) {
            return;
        }
        let (node, source) = (node.clone(), self.replication.source);
        let roles = self.replication.policy.failover.roles;
        let asker = asker.or_else(|| Asker::new(&self.desks, &node, source, roles));
        let Some(mut asker) = asker else {
            return;
        };
        let patience = self.replication.pulse.patience();
        self.asking.spawn(async move {
            let (asked, report) = asker.ask(&node, source, roles, patience).await;
            Answer {
                node,
                asker,
                asked,
                report,
            }
        });
    }

    /// Takes in what a server said; true if it is back up after it was down.
    fn note(&mut self, bind: &Bind, answer: Answer) -> bool {
        let Answer {
            node: asked_node,
            asker,
            asked,
            report,
        } = answer;
        // Its pool may have been replaced meanwhile.
        let current = bind.nodes().find(|node| node.name == asked_node.name);
        let is_same =
            |node: &&Arc<Node>| node.role == asked_node.role && node.shares_pool_with(&asked_node);
        let Some(node) = current.filter(is_same) else {
            return false;
        };
        let heard = match &report {
            Ok(report) => self.hear(bind, node, asked, report),
            Err(_) => Heard::Believed,
        };
        if heard == Heard::Outdated {
            // Without what it asks on: the next one leads to whoever is there now.
            self.replication.pulse.want(Moment::now());
            return false;
        }
        self.idle.insert(node.name.clone(), (node.clone(), asker));
        let is_back_up = self.note_health(node, asked, &report);
        self.claims.note(node, report.as_ref().ok());
        if let Ok(report) = &report {
            self.told.note_role(node, &report.follows);
            // The setting of a session says nothing behind a pooler, and MySQL's of a server nothing of a privileged user.
            if node.backend == Some(DbBackend::Postgres) && node.role == Role::Slave {
                node.note_protection(!report.is_writer);
            }
        }
        if matches!(self.replication.source, Source::Window(_)) {
            if node.role == Role::Master {
                bind.slaves.iter().for_each(|slave| self.ask(slave));
            }
            return is_back_up;
        }
        // Its health has a line of its own.
        let is_silent = matches!(&report, Err(failure) if failure.fault.is_some());
        let position = report
            .map_err(|failure| failure.text)
            .and_then(|report| report.position);
        let position = match heard {
            Heard::Several => Err(SEVERAL.to_owned()),
            _ => match self.strangers.objection(&node.name) {
                Some(objection) if node.role == Role::Slave => Err(objection.to_owned()),
                _ => position,
            },
        };
        self.told
            .note_position(node, position.as_ref().err(), is_silent);
        match node.role {
            Role::Master => bind.slaves.iter().for_each(|slave| self.ask(slave)),
            Role::Slave if !is_silent => self.judge(bind, node),
            Role::Slave => {}
        }
        is_back_up
    }

    fn note_health(
        &mut self,
        node: &Node,
        asked: Moment,
        report: &Result<Report, ProbeFailure>,
    ) -> bool {
        let now = Moment::now();
        let is_master = node.role == Role::Master;
        let fault = match report {
            Ok(report) if is_master && !report.is_writer => Some(Fault::ReadOnly),
            Ok(_) => None,
            Err(failure) => match failure.fault {
                Some(fault) => Some(fault),
                // The server is well, and the question is to blame.
                None if failure.is_answer => None,
                None => return false,
            },
        };
        let change = match fault {
            None => node.health.note_success(now, is_master),
            Some(fault) => {
                if !is_master {
                    // It may come back with less than it had.
                    node.freshness.forget();
                }
                node.doubt_connections();
                self.replication.pulse.want(now);
                // Statements that stand still there are a second sign.
                let is_certain = fault.is_certain() || self.stalls.stands_still(node);
                node.health
                    .note_fault(fault, is_certain, now, &Random::Thread)
            }
        };
        node.note_change(change);
        let down_for = node.health.fault();
        let is_silence = |fault| match fault {
            // Perhaps only the name is gone, and open connections go on; but not if nobody answered before.
            Fault::Unresolved => down_for.is_some_and(Fault::is_silence),
            fault => fault.is_silence(),
        };
        if node.health.is_down() && fault.is_some_and(is_silence) {
            node.health.note_silence(asked);
        }
        if node.health.is_down() && fault.is_some_and(Fault::is_certain) {
            node.health.confirm(asked);
        }
        if is_master && (change.is_some() || node.health.is_down()) {
            // Somebody may wait to hear that it is still down.
            self.replication.pulse.note_progress();
        }
        change == Some(Change::CameBackUp)
    }

    /// Gives a node that is back up a pool without dead connections.
    async fn renew(&self, name: &NodeName) {
        let Some(bind) = self.bind() else { return };
        let Some(node) = bind.nodes().find(|node| node.name == *name) else {
            return;
        };
        if node.health.was_closed_to_new() {
            // Its connections are worth more than ever.
            return;
        }
        purge(&node.connection);
        if node.role == Role::Slave && node.opener.opens_anew() {
            match node.reopened(Role::Slave).await {
                Ok(renewed) => {
                    self.publish(&[node], &[Arc::new(renewed)]);
                    node.close_pool();
                }
                Err(error) => {
                    warn!(target: NODE, bind = %node.bind, node = %node.name, %error, "the node can't be opened again");
                }
            }
        }
    }
}

/// One that is dropped while it watches has lost its runtime, and so have connections that were opened there: they may still answer
/// when they are asked whether they do, and fail the statement that comes next.
impl Drop for Monitor {
    fn drop(&mut self) {
        if !self.is_over {
            let now = Moment::now();
            self.servers.values().for_each(|node| node.outdate(now));
        }
    }
}
