use std::sync::Arc;

use super::{OpenNode, replication};
use crate::{
    config::RoutingConfig,
    names::BindName,
    node::{Bind, Replication, Role},
};
#[cfg(feature = "testing")]
use crate::{freshness::Source, node::Policy};

/// A bind whose connections exist.
#[derive(Clone, Debug)]
pub(crate) struct OpenBind {
    name: BindName,
    master: OpenNode,
    pub(crate) slaves: Vec<OpenNode>,
}

impl OpenBind {
    /// A bind without slaves.
    pub(crate) fn new(name: &str, master: OpenNode) -> Self {
        Self {
            name: name.into(),
            master,
            slaves: Vec::new(),
        }
    }

    /// The bind as it runs, with the routing options that hold for it.
    pub(crate) fn run(self, routing: &RoutingConfig) -> Bind {
        let replication = Arc::new(self.replication(routing));
        let master = self.master.run(&self.name, Role::Master, &replication);
        let slave = |slave: OpenNode| slave.run(&self.name, Role::Slave, &replication);
        let slaves = self.slaves.into_iter().map(slave).collect();
        Bind::new(master, slaves, routing.reads.in_force().balance)
    }

    fn replication(&self, routing: &RoutingConfig) -> Replication {
        #[cfg(feature = "testing")]
        if self.master.opener.script().is_some() {
            let policy = Policy::of(routing);
            return Replication::new(policy, Source::Positions, true);
        }
        let slaves = self.slaves.iter().map(|slave| &slave.connection);
        replication(routing, &self.master.connection, slaves)
    }
}
