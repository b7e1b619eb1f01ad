use std::sync::Arc;

use arc_swap::ArcSwap;
use sea_orm::{DbBackend, EntityTrait};

use super::{Decision, NodeScope, Scope, Verdicts, background::Background, verdict::Verdict};
use crate::{
    bind::{BindName, BindReason, NodeName, Target},
    catalogue::Refresh,
    error::RoutingError,
    node::{Bind, Node, Random, Role, Topology},
    route::NodeReason,
};

/// Everything that a statement's route depends on; shared by all clones of a handle.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    topology: ArcSwap<Topology>,
    pub(super) verdicts: Arc<Verdicts>,
    background: Background,
    random: Random,
    echo: bool,
}

/// Whether a decision takes a slave's turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Take,
    Peek,
}

impl Dispatcher {
    pub(crate) fn new(topology: Topology, verdicts: Verdicts, random: Random, echo: bool) -> Self {
        Self {
            topology: ArcSwap::from_pointee(topology),
            verdicts: Arc::new(verdicts),
            background: Background::default(),
            random,
            echo,
        }
    }

    pub(crate) fn topology(&self) -> Arc<Topology> {
        self.topology.load_full()
    }

    pub(crate) fn publish(&self, topology: Topology) {
        self.topology.store(Arc::new(topology));
    }

    /// Reads the functions of all binds' databases, now and from time to time.
    pub(crate) async fn learn_functions(&self) {
        let topology = self.topology();
        let catalogues = topology
            .binds()
            .map(|bind| Refresh::new(&bind.name, &bind.master.connection));
        let catalogues: Vec<_> = catalogues.filter(Refresh::has_functions).collect();
        if !catalogues.is_empty() {
            let keep_fresh = self.verdicts.learn_functions(catalogues).await;
            self.background.spawn(keep_fresh);
        }
    }

    /// Ends what runs in the background.
    pub(crate) fn stop(&self) {
        self.background.stop();
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
        if !decision.may_heal() {
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
        Ok(Decision {
            node: topology.require(&decision.node.bind)?.master.clone(),
            node_reason,
            ..decision
        })
    }

    /// The decision for a statement in a transaction that is open on `node`.
    pub(crate) fn decide_in(
        &self,
        node: &Arc<Node>,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        if scope.bind.is_none() {
            belongs(&verdict, &node.bind)?;
            self.respects_pin(scope, &verdict)?;
        }
        if !is_harmless_in_transaction(sql) {
            reads_only(&verdict, node)?;
        }
        let bind_reason = match (&scope.bind, &verdict.target) {
            (Some(_), _) => Some(BindReason::Handle),
            (None, Ok(target)) if target.reason == BindReason::NoTable => {
                Some(BindReason::Transaction)
            }
            (None, _) => None,
        };
        Ok(Decision {
            node: node.clone(),
            verdict,
            node_reason: NodeReason::Transaction,
            bind_reason,
        })
    }

    /// The bind of a transaction whose first statement is `sql`.
    pub(crate) fn transaction_bind(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<BindName, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        self.respects_pin(scope, &verdict)?;
        Ok(verdict.target.clone()?.bind)
    }

    /// The node on which a transaction of `bind` opens.
    ///
    /// Unless the handle pins it or it is read-only, that is the master: a transaction that begins with a
    /// read may write next.
    pub(crate) fn begin_on(
        &self,
        scope: &Scope,
        bind: &BindName,
        read_only: bool,
    ) -> Result<Arc<Node>, RoutingError> {
        let topology = self.topology.load();
        let bind = topology.require(bind)?;
        match &scope.node {
            NodeScope::Named(name) => Ok(bind.node(name)?.clone()),
            NodeScope::Slave => self.slave(bind, Turn::Take),
            NodeScope::Split if read_only => Ok(bind
                .rotation
                .next(&self.random)
                .unwrap_or(&bind.master)
                .clone()),
            NodeScope::Split | NodeScope::Master => Ok(bind.master.clone()),
        }
    }

    /// Whether `bind` has a slave in rotation.
    pub(crate) fn has_slave(&self, bind: &BindName) -> Result<(), RoutingError> {
        let topology = self.topology.load();
        self.slave(topology.require(bind)?, Turn::Peek).map(drop)
    }

    /// The bind that every statement of the scope will run on, where that is known beforehand.
    pub(crate) fn certain_bind(&self, scope: &Scope) -> Option<BindName> {
        let only = || self.topology.load().only().map(|bind| bind.name.clone());
        scope.bind.clone().or_else(only)
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
        let (node, node_reason, bind_reason) = match &scope.bind {
            Some(name) => {
                let bind = topology.require(name)?;
                let (node, reason) = self.node(bind, &scope.node, &verdict, turn)?;
                (node, reason, Some(BindReason::Handle))
            }
            None => {
                let target = verdict.target.as_ref().map_err(Clone::clone)?;
                let bind = topology.require(&target.bind)?;
                let (node, reason) = match (&scope.node, &target.pin) {
                    (NodeScope::Split, Some(pin)) => named(bind, pin, &verdict)?,
                    (scope, _) => self.node(bind, scope, &verdict, turn)?,
                };
                (node, reason, None)
            }
        };
        Ok(Decision {
            node,
            verdict,
            node_reason,
            bind_reason,
        })
    }

    /// Refuses a write of an entity that is pinned to a slave, unless the handle says otherwise.
    fn respects_pin(&self, scope: &Scope, verdict: &Verdict) -> Result<(), RoutingError> {
        let Ok(Target {
            bind,
            pin: Some(pin),
            ..
        }) = &verdict.target
        else {
            return Ok(());
        };
        if scope.node != NodeScope::Split {
            return Ok(());
        }
        let topology = self.topology.load();
        reads_only(verdict, topology.require(bind)?.node(pin)?)
    }

    fn node(
        &self,
        bind: &Bind,
        scope: &NodeScope,
        verdict: &Verdict,
        turn: Turn,
    ) -> Result<(Arc<Node>, NodeReason), RoutingError> {
        match scope {
            NodeScope::Split => Ok(self.split(bind, verdict, turn)),
            NodeScope::Master => Ok((bind.master.clone(), NodeReason::Pinned)),
            NodeScope::Named(name) => named(bind, name, verdict),
            NodeScope::Slave => {
                let slave = self.slave(bind, turn)?;
                reads_only(verdict, &slave)?;
                Ok((slave, NodeReason::Pinned))
            }
        }
    }

    fn split(&self, bind: &Bind, verdict: &Verdict, turn: Turn) -> (Arc<Node>, NodeReason) {
        if !verdict.is_read() {
            let reason = match verdict.is_refused() {
                true => NodeReason::Refused,
                false => NodeReason::Write,
            };
            return (bind.master.clone(), reason);
        }
        match self.balanced(bind, turn) {
            None => (bind.master.clone(), NodeReason::NoSlave),
            Some(slave) => {
                let reason = NodeReason::Balanced {
                    balance: bind.rotation.balance(),
                    slaves: bind.rotation.len(),
                };
                (slave.clone(), reason)
            }
        }
    }

    fn slave(&self, bind: &Bind, turn: Turn) -> Result<Arc<Node>, RoutingError> {
        self.balanced(bind, turn)
            .cloned()
            .ok_or_else(|| RoutingError::NoSlave {
                bind: bind.name.to_string(),
            })
    }

    fn balanced<'b>(&self, bind: &'b Bind, turn: Turn) -> Option<&'b Arc<Node>> {
        match turn {
            Turn::Take => bind.rotation.next(&self.random),
            Turn::Peek => bind.rotation.peek(&self.random),
        }
    }
}

fn named(
    bind: &Bind,
    name: &NodeName,
    verdict: &Verdict,
) -> Result<(Arc<Node>, NodeReason), RoutingError> {
    let node = bind.node(name)?;
    reads_only(verdict, node)?;
    Ok((node.clone(), NodeReason::Pinned))
}

/// Refuses to send a slave what is not proven a read.
fn reads_only(verdict: &Verdict, node: &Node) -> Result<(), RoutingError> {
    if verdict.is_read() || node.role == Role::Master {
        return Ok(());
    }
    Err(RoutingError::WriteOnSlave {
        node: node.key(),
        reason: verdict.class.reason.clone(),
    })
}

/// Refuses a statement of another bind than the transaction's.
fn belongs(verdict: &Verdict, open: &BindName) -> Result<(), RoutingError> {
    let target = verdict.target.as_ref().map_err(Clone::clone)?;
    if target.bind == *open || target.reason == BindReason::NoTable {
        return Ok(());
    }
    Err(RoutingError::OtherTransaction {
        open: open.to_string(),
        wanted: target.bind.to_string(),
        reason: target.reason.to_string(),
    })
}

/// What a transaction on a slave may do beside reading: it ends with the transaction and takes no part in the
/// server's decision what is read-only.
fn is_harmless_in_transaction(sql: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "SAVEPOINT",
        "RELEASE",
        "ROLLBACK TO",
        "DECLARE",
        "FETCH",
        "MOVE",
        "CLOSE",
        "SET LOCAL",
    ];
    let sql = sql.trim_start();
    let begins = |command: &&&str| {
        sql.get(..command.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(command))
    };
    let alone = !sql.trim_end().trim_end_matches(';').contains(';');
    alone
        && COMMANDS.iter().any(|command| begins(&command))
        && !sql.to_ascii_lowercase().contains("read")
}
