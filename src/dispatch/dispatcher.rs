use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use sea_orm::{DbBackend, EntityTrait};
use tokio::time::Instant;
use tracing::warn;

use super::{
    Decision, NodeScope, Scope, Verdicts,
    background::Background,
    master::one_master,
    reader::{Placed, Read, Turn},
    verdict::Verdict,
};
use crate::{
    bind::{BindReason, Registry, Target},
    catalogue::Refresh,
    classify::Access,
    config::Roles,
    coordinator::Realms,
    error::RoutingError,
    freshness::{Moment, Position, Source},
    modification::Hub,
    monitor::{Monitor, position},
    names::{BindName, NodeName},
    node::{Bind, Node, Random, Role, Topology},
    route::NodeReason,
};

/// How long connecting waits to know how far the slaves are: until then, the master serves the reads.
const FIRST_KNOWLEDGE: Duration = Duration::from_secs(1);

/// Everything that a statement's route depends on; shared by all clones of a handle.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(super) topology: Arc<ArcSwap<Topology>>,
    pub(super) verdicts: Arc<Verdicts>,
    background: Background,
    pub(super) random: Random,
    echo: bool,
    pub(crate) modifications: Hub,
    /// Where distributed transactions have been decided.
    pub(crate) realms: Realms,
}

impl Dispatcher {
    pub(crate) fn new(topology: Topology, verdicts: Verdicts, random: Random, echo: bool) -> Self {
        Self {
            topology: Arc::new(ArcSwap::from_pointee(topology)),
            verdicts: Arc::new(verdicts),
            background: Background::default(),
            random,
            echo,
            modifications: Hub::default(),
            realms: Realms::default(),
        }
    }

    pub(crate) fn topology(&self) -> Arc<Topology> {
        self.topology.load_full()
    }

    /// Replaces the topology; `change` may run more than once.
    pub(crate) fn publish(&self, change: impl Fn(&Topology) -> Topology) {
        self.topology.rcu(|topology| Arc::new(change(topology)));
    }

    /// Replaces the topology unless it is no longer that of `before`.
    pub(crate) fn replace(&self, before: &Arc<Topology>, after: Topology) -> bool {
        let found = self.topology.compare_and_swap(before, Arc::new(after));
        Arc::ptr_eq(&found, before)
    }

    /// What a text does, wherever it runs.
    pub(crate) fn access(&self, backend: DbBackend, sql: &str) -> Access {
        match self.verdicts.of(backend, sql).class.is_read() {
            true => Access::Read,
            false => Access::Write,
        }
    }

    /// Replaces what is known of where tables are.
    pub(crate) fn set_registry(&self, registry: Registry) {
        self.verdicts.set_registry(registry);
    }

    /// Reads the functions of all binds' databases, now and from time to time.
    pub(crate) async fn learn_functions(&self) {
        let topology = self.topology();
        let catalogues = topology
            .binds()
            .map(|bind| Refresh::new(&bind.name, &self.topology));
        let catalogues: Vec<_> = catalogues.filter(Refresh::has_functions).collect();
        if !catalogues.is_empty() {
            let keep_fresh = self.verdicts.learn_functions(catalogues).await;
            self.background.spawn(keep_fresh);
        }
    }

    /// Has every bind watched whose slaves are compared with their master.
    ///
    /// Without a runtime it is done with the first read that needs it.
    pub(crate) fn watch_all(&self) {
        self.topology().binds().for_each(|bind| self.watch(bind));
    }

    /// Has `bind` watched, if its slaves are compared with their master and nobody does so yet.
    pub(crate) fn watch(&self, bind: &Bind) {
        if bind.replication.is_watched() || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        if !bind.replication.is_watchable() || bind.slaves.is_empty() {
            return;
        }
        if let Some(watched) = bind.replication.watch() {
            let monitor = Monitor::new(bind, self.topology.clone());
            self.background.spawn(monitor.run(watched));
        }
    }

    /// How far the master of `bind` has come, asked for now on a connection of its pool.
    pub(crate) async fn position(&self, bind: &Bind) -> Option<Position> {
        if matches!(bind.replication.source, Source::Window(_)) {
            // Nobody compares it.
            return None;
        }
        let known = bind
            .replication
            .samples()
            .latest()
            .map(|(_, position)| position.clone());
        let position = position(&bind.master.connection, bind.replication.source, known).await;
        position
            .inspect_err(
                |error| warn!(bind = %bind.name, error, "the master's position can't be read"),
            )
            .ok()
    }

    /// Waits until it is known how far the slaves are, if that can be had soon.
    pub(crate) async fn first_knowledge(&self) {
        let deadline = Instant::now() + FIRST_KNOWLEDGE;
        for bind in self.topology().binds() {
            let known = || {
                bind.slaves
                    .iter()
                    .all(|slave| slave.freshness.at(Moment::now()).is_some())
            };
            if bind.replication.is_watched() {
                bind.replication.pulse.until(deadline, known).await;
            }
        }
    }

    pub(crate) fn run_in_background(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.background.spawn(task);
    }

    /// Ends what runs in the background.
    pub(crate) fn stop(&self) {
        self.background.stop();
        self.modifications.close();
    }

    pub(crate) fn echo(&self) -> bool {
        self.echo
    }

    /// The decision for one statement that is about to run.
    pub(crate) fn decide(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        self.route(scope, backend, sql, Turn::Take)
    }

    /// The decision for a statement that will not run: no slave's turn is taken.
    pub(crate) fn peek(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        self.route(scope, backend, sql, Turn::Peek)
    }

    /// The decision for a statement that its slave refused as a write.
    pub(crate) fn on_master(&self, refused: Decision) -> Result<Decision, RoutingError> {
        self.moved_to_master(refused, NodeReason::Refused)
    }

    /// The decision again, by what the dialect of its node makes of the text that the node will get.
    ///
    /// What one dialect reads as a string another may read as code, and a builder leaves out what its dialect lacks.
    pub(crate) fn rejudge(
        &self,
        decision: Decision,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        if verdict.is_read() || decision.node.role == Role::Master {
            return Ok(decision);
        }
        if !decision.may_move() {
            reads_only(&verdict, &decision.node)?;
        }
        let decision = Decision {
            bind_reason: Some(decision.bind_reason()),
            verdict,
            ..decision
        };
        self.moved_to_master(decision, NodeReason::Write)
    }

    fn moved_to_master(
        &self,
        decision: Decision,
        node_reason: NodeReason,
    ) -> Result<Decision, RoutingError> {
        let topology = self.topology.load();
        let bind = topology.require(&decision.node.bind)?;
        one_master(bind)?;
        Ok(Decision {
            node: bind.master.clone(),
            node_reason,
            ..decision
        })
    }

    /// Whether `bind` has a slave in rotation.
    pub(crate) fn has_slave(&self, bind: &BindName) -> Result<(), RoutingError> {
        let topology = self.topology.load();
        self.slave(topology.require(bind)?, Turn::Peek).map(drop)
    }

    /// The bind, and perhaps node, of an entity.
    pub(crate) fn entity<E: EntityTrait>(
        &self,
        backend: Option<DbBackend>,
    ) -> Result<Target, RoutingError> {
        self.verdicts.target_of::<E>(backend)
    }

    fn route(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
        turn: Turn,
    ) -> Result<Decision, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        let topology = self.topology.load();
        let (placed, bind_reason) = match &scope.bind {
            Some(name) => {
                let bind = topology.require(name)?;
                (
                    self.place(bind, scope, &scope.node, &verdict, turn)?,
                    Some(BindReason::Handle),
                )
            }
            None => {
                let target = verdict.target.as_ref().map_err(Clone::clone)?;
                let bind = topology.require(&target.bind)?;
                let placed = match (&scope.node, &target.pin) {
                    (NodeScope::Split, Some(pin)) => named(bind, pin, &verdict)?,
                    (nodes, _) => self.place(bind, scope, nodes, &verdict, turn)?,
                };
                (placed, None)
            }
        };
        Ok(Decision {
            node: placed.node,
            verdict,
            node_reason: placed.reason,
            bind_reason,
            behind: placed.behind,
            is_held: placed.is_held,
            failed: 0,
        })
    }

    fn place(
        &self,
        bind: &Bind,
        scope: &Scope,
        nodes: &NodeScope,
        verdict: &Verdict,
        turn: Turn,
    ) -> Result<Placed, RoutingError> {
        match nodes {
            NodeScope::Split => self.split(bind, scope, verdict, turn),
            NodeScope::Master if verdict.is_read() => {
                Ok(Placed::new(&bind.master, NodeReason::Pinned))
            }
            NodeScope::Master => Ok(Placed {
                reason: NodeReason::Pinned,
                ..self.split(bind, scope, verdict, turn)?
            }),
            NodeScope::Named(name) => named(bind, name, verdict),
            NodeScope::Slave => {
                let slave = self.slave(bind, turn)?;
                reads_only(verdict, slave)?;
                Ok(Placed::new(slave, NodeReason::Pinned))
            }
        }
    }

    fn split(
        &self,
        bind: &Bind,
        scope: &Scope,
        verdict: &Verdict,
        turn: Turn,
    ) -> Result<Placed, RoutingError> {
        if verdict.is_read() {
            let tables = verdict.read_tables();
            return self.reader(
                bind,
                Read {
                    scope,
                    tables,
                    turn,
                    avoid: None,
                },
            );
        }
        let is_held = match self.is_up(bind) {
            Err(error) if bind.replication.policy.roles == Roles::Fixed => return Err(error),
            up => up.is_err(),
        };
        let reason = match verdict.is_refused() {
            true => NodeReason::Refused,
            false => NodeReason::Write,
        };
        Ok(Placed {
            is_held,
            ..Placed::new(&bind.master, reason)
        })
    }
}

fn named(bind: &Bind, name: &NodeName, verdict: &Verdict) -> Result<Placed, RoutingError> {
    let node = bind.node(name)?;
    reads_only(verdict, node)?;
    if !verdict.is_read() {
        one_master(bind)?;
    }
    Ok(Placed::new(node, NodeReason::Pinned))
}

/// Refuses to send a slave what is not proven a read.
pub(super) fn reads_only(verdict: &Verdict, node: &Node) -> Result<(), RoutingError> {
    if verdict.is_read() || node.role == Role::Master {
        return Ok(());
    }
    Err(RoutingError::WriteOnSlave {
        node: node.key(),
        reason: verdict.class.reason.clone(),
    })
}
