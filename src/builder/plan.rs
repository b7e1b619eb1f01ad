//! From one configuration to the next: what of a running bind stays, and what is opened anew.

use std::{collections::HashSet, fmt, sync::Arc};

use super::{
    assembly::{opener_or_given, replication},
    bind::BindBuilder,
    connect::{Opening, connect_bind},
};
use crate::{
    config::{BindConfig, BindsConfig, NodeConfig, RoutingConfig},
    error::{ConnectError, RoutingError},
    names::{BindName, NodeName},
    node::{Bind, Identity, Node, Opener, Replication, Role},
};

/// A difference between the topology that was and the one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyChange {
    /// A bind was added.
    BindAdded(BindName),
    /// A bind was removed.
    BindRemoved(BindName),
    /// A slave was added: its bind and node.
    SlaveAdded(BindName, NodeName),
    /// A slave was removed: its bind and node.
    SlaveRemoved(BindName, NodeName),
    /// A slave has another share of the reads.
    WeightChanged(BindName, NodeName, u32),
    /// A node has another address, other credentials or other pool options: new work gets new connections.
    NodeReopened(BindName, NodeName),
    /// A bind has other options, such as its consistency or its tables.
    OptionsChanged(BindName),
}

impl fmt::Display for TopologyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BindAdded(bind) => write!(f, "bind `{bind}` added"),
            Self::BindRemoved(bind) => write!(f, "bind `{bind}` removed"),
            Self::SlaveAdded(bind, node) => write!(f, "slave `{bind}.{node}` added"),
            Self::SlaveRemoved(bind, node) => write!(f, "slave `{bind}.{node}` removed"),
            Self::WeightChanged(bind, node, weight) => {
                write!(f, "slave `{bind}.{node}` has weight {weight}")
            }
            Self::NodeReopened(bind, node) => write!(f, "node `{bind}.{node}` opened anew"),
            Self::OptionsChanged(bind) => write!(f, "bind `{bind}` has other options"),
        }
    }
}

/// A configured bind, with what it takes from the rest of its configuration.
#[derive(Clone, Copy)]
pub(super) struct Configured<'c> {
    pub(super) config: &'c BindsConfig,
    pub(super) routing: &'c RoutingConfig,
    pub(super) bind: &'c BindConfig,
}

impl Configured<'_> {
    /// A bind that was not there, none of whose servers has to answer yet.
    pub(super) async fn open(self) -> Result<Bind, ConnectError> {
        let open = connect_bind(self.config, self.bind, true).await?;
        Ok(open.run(self.routing))
    }

    /// The running bind as `self` wants it, which `before` was.
    pub(super) async fn next(
        self,
        before: Configured<'_>,
        running: &Bind,
        changes: &mut Vec<TopologyChange>,
    ) -> Result<Bind, ConnectError> {
        let Some(master) = self.master(before, running) else {
            let node = running.master.key();
            return Err(RoutingError::IsMaster { node }.into());
        };
        let replication = self.replication(running).await?;
        let mut nodes = Vec::new();
        for node in self.bind.nodes() {
            let old = before.bind.nodes().find(|old| old.name == node.name);
            let found = running.nodes().find(|old| old.name == node.name.as_str());
            nodes.push(match (old, found) {
                (Some(old), Some(found)) if before.opens_like(old, self, node) => {
                    self.kept(node, found, &replication, changes)
                }
                (_, found) => {
                    let role = match node.name == master {
                        true => Role::Master,
                        false => Role::Slave,
                    };
                    let twin = before
                        .bind
                        .nodes()
                        .find(|old| before.opens_like(old, self, node));
                    let twin = running
                        .nodes()
                        .find(|old| twin.is_some_and(|twin| old.name == twin.name.as_str()));
                    let opener = twin.map(|twin| twin.opener.clone());
                    self.opened(
                        node,
                        (found.is_some(), opener, role),
                        running,
                        &replication,
                        changes,
                    )
                    .await?
                }
            });
        }
        self.note_removed(running, changes);
        if before.options() != self.options() {
            changes.push(TopologyChange::OptionsChanged(running.name.clone()));
        }
        let is_master = |node: &Arc<Node>| node.role == Role::Master;
        let master = nodes.iter().find(|node| is_master(node)).cloned();
        let slaves = nodes.into_iter().filter(|node| !is_master(node)).collect();
        let balance = self.bind.balance.unwrap_or(self.routing.balance);
        Ok(Bind::new(
            master.unwrap_or_else(|| running.master.clone()),
            slaves,
            balance,
        ))
    }

    /// The name of the node that is the master: the server that is now, under whatever name it is configured next; where
    /// it is gone, whoever has its name.
    fn master(self, before: Configured<'_>, running: &Bind) -> Option<String> {
        let name = running.master.name.as_str();
        let old = before.bind.nodes().find(|node| node.name == name);
        let is_same =
            |node: &&NodeConfig| old.is_some_and(|old| old.url.expose() == node.url.expose());
        let of_name = self.bind.nodes().find(|node| node.name == name);
        let found = of_name
            .filter(is_same)
            .or_else(|| self.bind.nodes().find(is_same))
            .or(of_name);
        found.map(|node| node.name.clone())
    }

    fn opening(self, node: &NodeConfig, role: Role) -> Opening {
        Opening::new(self.config, self.bind, node, role)
    }

    /// Whether two nodes are the same server, reached in the same way.
    fn opens_like(self, old: &NodeConfig, other: Configured<'_>, new: &NodeConfig) -> bool {
        let pool = |configured: Configured<'_>, node| {
            configured.config.effective_pool(configured.bind, node)
        };
        old.url.expose() == new.url.expose() && pool(self, old) == pool(other, new)
    }

    fn kept(
        self,
        node: &NodeConfig,
        running: &Arc<Node>,
        replication: &Arc<Replication>,
        changes: &mut Vec<TopologyChange>,
    ) -> Arc<Node> {
        let same_weight = running.weight == node.weight || running.role == Role::Master;
        if same_weight && Arc::ptr_eq(replication, &running.replication) {
            return running.clone();
        }
        if !same_weight {
            let (bind, name) = (running.bind.clone(), running.name.clone());
            changes.push(TopologyChange::WeightChanged(bind, name, node.weight));
        }
        let identity = Identity {
            bind: running.bind.clone(),
            name: running.name.clone(),
            weight: node.weight,
            opener: running.opener.clone(),
        };
        Arc::new(running.with(identity, replication.clone()))
    }

    async fn opened(
        self,
        node: &NodeConfig,
        (is_there, opener, role): (bool, Option<Arc<dyn Opener>>, Role),
        running: &Bind,
        replication: &Arc<Replication>,
        changes: &mut Vec<TopologyChange>,
    ) -> Result<Arc<Node>, ConnectError> {
        let (bind, name) = (running.name.clone(), NodeName::from(node.name.as_str()));
        changes.push(match is_there {
            true => TopologyChange::NodeReopened(bind.clone(), name.clone()),
            false => TopologyChange::SlaveAdded(bind.clone(), name.clone()),
        });
        let opener = opener.unwrap_or_else(|| Arc::new(self.opening(node, role)));
        let connection = opener.open(role).await?;
        let identity = Identity {
            bind,
            name,
            weight: node.weight,
            opener: opener_or_given(Some(opener), &connection),
        };
        Ok(Arc::new(Node::new(
            identity,
            role,
            connection,
            replication.clone(),
        )))
    }

    fn note_removed(self, running: &Bind, changes: &mut Vec<TopologyChange>) {
        let names: HashSet<_> = self.bind.nodes().map(|node| node.name.as_str()).collect();
        let gone = running
            .nodes()
            .filter(|node| !names.contains(node.name.as_str()));
        changes.extend(
            gone.map(|node| TopologyChange::SlaveRemoved(running.name.clone(), node.name.clone())),
        );
    }

    /// The bind's own if it may go on, else one that remembers what the sessions did.
    async fn replication(self, running: &Bind) -> Result<Arc<Replication>, ConnectError> {
        let master = running.master.connection.clone();
        let outline = self.bind.slaves.iter().fold(
            BindBuilder::new(&self.bind.name, master.clone()),
            |bind, slave| {
                let found = running
                    .nodes()
                    .find(|node| node.name == slave.name.as_str());
                let connection = found.map_or(&master, |node| &node.connection);
                bind.slave(&slave.name, connection.clone())
            },
        );
        let outline = outline
            .reads(self.bind.reads.clone())
            .failover(self.bind.failover.clone());
        let next = replication(&outline, self.routing);
        Ok(match next.is_like(&running.replication) {
            true => running.replication.clone(),
            false => Arc::new(next.remembering(&running.replication)),
        })
    }

    fn options(self) -> impl PartialEq {
        (
            self.bind.tables.clone(),
            self.bind.reads.or(&self.routing.reads),
            self.bind.failover.or(&self.routing.failover),
            self.bind.balance.unwrap_or(self.routing.balance),
        )
    }
}
