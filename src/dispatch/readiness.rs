//! Whether statements would find a node now.

use sea_orm::DbBackend;

use super::{Router, Wording, master::one_master, reader::Read, scope::NodeScope};
use crate::{
    node::{Bind, Node, Role},
    status::Status,
};

/// A read that any database knows; it is decided about, and never sent.
const READ: &str = "SELECT 1";

/// Which binds can't serve what, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Readiness {
    /// Why reads can't be served; empty if they can.
    pub(crate) reads: Vec<String>,
    /// Why writes can't be served; empty if they can, and for a handle that never writes.
    pub(crate) writes: Vec<String>,
    /// Why the handle never writes, if it does not.
    pub(crate) only_reads: Option<&'static str>,
}

impl Router<'_> {
    /// Whether a read and a write of the handle that came now would be sent, by the decision that they would meet.
    pub(crate) fn readiness(self) -> Readiness {
        if self.dispatcher.is_stopped() {
            let closed = vec!["any bind: the database is closed".to_owned()];
            return Readiness {
                reads: closed.clone(),
                writes: closed,
                only_reads: None,
            };
        }
        let topology = self.dispatcher.topology();
        let own = self.scope.bind.as_ref();
        let binds = || {
            let is_own = |bind: &&std::sync::Arc<Bind>| own.is_none_or(|own| bind.name == *own);
            topology.binds().filter(is_own)
        };
        if let Some(gone) = own.filter(|own| topology.bind(own).is_none()) {
            let gone = vec![format!("{gone}: there is no such bind")];
            return Readiness {
                reads: gone.clone(),
                writes: gone,
                only_reads: None,
            };
        }
        let only_reads = self.only_reads(binds());
        Readiness {
            reads: binds()
                .filter_map(|bind| self.refuses_reads(bind))
                .collect(),
            writes: match only_reads {
                Some(_) => Vec::new(),
                None => binds().filter_map(|bind| refuses_writes(bind)).collect(),
            },
            only_reads,
        }
    }

    fn only_reads<'b>(
        self,
        mut binds: impl Iterator<Item = &'b std::sync::Arc<Bind>>,
    ) -> Option<&'static str> {
        const OF_SLAVES: &str = "the handle is of slaves, which take no writes";
        match &self.scope.node {
            _ if self.scope.prevents_writes => Some("the handle prevents writes"),
            NodeScope::Slave => Some(OF_SLAVES),
            NodeScope::Named(name) => {
                let is_slave = |bind: &std::sync::Arc<Bind>| {
                    bind.node(name).is_ok_and(|node| node.role == Role::Slave)
                };
                binds.any(is_slave).then_some(OF_SLAVES)
            }
            NodeScope::Split | NodeScope::Master => None,
        }
    }

    /// Why a read of the bind would be refused, or sent to a node that is down.
    fn refuses_reads(self, bind: &Bind) -> Option<String> {
        let backend = bind.master.backend.unwrap_or(DbBackend::Sqlite);
        let judgement = self.dispatcher.judgements.of(Wording::text(backend, READ));
        let read = Read::of(&judgement).peeking();
        let states = || {
            let states = Status::of(bind.nodes()).nodes.into_iter();
            let states = states.map(|node| format!("{} is {}", node.node, node.state));
            states.collect::<Vec<_>>().join(", ")
        };
        match self.place(bind, &self.scope.node, read) {
            Err(error) => Some(format!("{}: {error} ({})", bind.name, states())),
            Ok(decision) if decision.node.health.is_down() => {
                Some(format!("{}: {}", bind.name, states()))
            }
            Ok(_) => None,
        }
    }
}

/// Why a write to the bind would be refused, or wait.
fn refuses_writes(bind: &Bind) -> Option<String> {
    let is_down = |node: &Node| format!("{} is down", node.name);
    let contested = one_master(bind).err().map(|error| error.to_string());
    let master = &bind.master;
    let why = contested.or_else(|| master.health.is_down().then(|| is_down(master)));
    why.map(|why| format!("{}: {why}", bind.name))
}
