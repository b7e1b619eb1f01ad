use std::{collections::HashSet, sync::Arc};

use super::TopologyChange;
use crate::{
    config::NodeConfig,
    connect::{Configured, OpenNode, replication},
    error::{ConnectError, RoutingError},
    names::NodeName,
    node::{Bind, Identity, Node, Replication, Role},
};

/// From a running bind to the one that is configured next: what of it stays, and what is opened anew.
pub(super) struct BindPlan<'p> {
    before: Configured<'p>,
    after: Configured<'p>,
    running: &'p Bind,
    changes: &'p mut Vec<TopologyChange>,
}

impl<'p> BindPlan<'p> {
    pub(super) fn new(
        before: Configured<'p>,
        after: Configured<'p>,
        running: &'p Bind,
        changes: &'p mut Vec<TopologyChange>,
    ) -> Self {
        Self {
            before,
            after,
            running,
            changes,
        }
    }

    /// The next bind; notes what is different about it.
    pub(super) async fn carry_out(mut self) -> Result<Bind, ConnectError> {
        let Some(master) = self.master() else {
            let node = self.running.master.key();
            return Err(RoutingError::IsMaster { node }.into());
        };
        let replication = self.replication();
        let mut nodes = Vec::new();
        for node in self.after.bind.nodes() {
            let role = match node.name == master {
                true => Role::Master,
                false => Role::Slave,
            };
            nodes.push(match self.unchanged(node) {
                Some(running) => self.kept(node, running, &replication),
                None => self.opened(node, role, &replication).await?,
            });
        }
        self.note_removed();
        self.note_options();
        let is_master = |node: &Arc<Node>| node.role == Role::Master;
        let master = nodes.iter().find(|node| is_master(node)).cloned();
        let slaves = nodes.into_iter().filter(|node| !is_master(node)).collect();
        Ok(Bind::new(
            master.unwrap_or_else(|| self.running.master.clone()),
            slaves,
            self.after.routing().reads.in_force().balance,
        ))
    }

    /// The name of the node that is the master: the server that is now, under whatever name it is configured next; where
    /// it is gone, whoever has its name.
    fn master(&self) -> Option<String> {
        let name = self.running.master.name.as_str();
        let old = self.before.bind.nodes().find(|node| node.name == name);
        let is_same =
            |node: &&NodeConfig| old.is_some_and(|old| old.url.expose() == node.url.expose());
        let next = self.after.bind;
        let of_name = next.nodes().find(|node| node.name == name);
        let found = of_name
            .filter(is_same)
            .or_else(|| next.nodes().find(is_same))
            .or(of_name);
        found.map(|node| node.name.clone())
    }

    /// The running node of that name, if it is reached in the same way.
    fn unchanged(&self, node: &NodeConfig) -> Option<Arc<Node>> {
        let mut before = self.before.bind.nodes();
        let old = before.find(|old| old.name == node.name)?;
        let running = self.running_node(&node.name)?;
        self.is_like(old, node).then(|| running.clone())
    }

    /// A running node that is the same server, reached in the same way, under whatever name.
    fn twin(&self, node: &NodeConfig) -> Option<&'p Arc<Node>> {
        let mut before = self.before.bind.nodes();
        let old = before.find(|old| self.is_like(old, node))?;
        self.running_node(&old.name)
    }

    fn running_node(&self, name: &str) -> Option<&'p Arc<Node>> {
        self.running.nodes().find(|node| node.name == name)
    }

    fn is_like(&self, old: &NodeConfig, new: &NodeConfig) -> bool {
        old.url.expose() == new.url.expose()
            && self.before.pool(old) == self.after.pool(new)
            && self.before.shares() == self.after.shares()
    }

    fn kept(
        &mut self,
        node: &NodeConfig,
        running: Arc<Node>,
        replication: &Arc<Replication>,
    ) -> Arc<Node> {
        let same_weight = running.weight == node.weight || running.role == Role::Master;
        if same_weight && Arc::ptr_eq(replication, &running.replication) {
            return running;
        }
        if !same_weight {
            let (bind, name) = (running.bind.clone(), running.name.clone());
            let change = TopologyChange::WeightChanged(bind, name, node.weight);
            self.changes.push(change);
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
        &mut self,
        node: &NodeConfig,
        role: Role,
        replication: &Arc<Replication>,
    ) -> Result<Arc<Node>, ConnectError> {
        let bind = &self.running.name;
        let name = NodeName::from(node.name.as_str());
        self.changes.push(match self.running_node(&node.name) {
            Some(_) => TopologyChange::NodeReopened(bind.clone(), name.clone()),
            None => TopologyChange::SlaveAdded(bind.clone(), name.clone()),
        });
        let opener = match self.twin(node) {
            Some(twin) => twin.opener.clone(),
            None => self.after.opener(node, role),
        };
        let open = OpenNode {
            name,
            weight: node.weight,
            connection: opener.open(role).await?,
            opener,
        };
        Ok(open.run(bind, role, replication))
    }

    fn note_removed(&mut self) {
        let next = self.after.bind.nodes();
        let names: HashSet<_> = next.map(|node| node.name.as_str()).collect();
        let gone = self
            .running
            .nodes()
            .filter(|node| !names.contains(node.name.as_str()));
        let bind = &self.running.name;
        let removed =
            gone.map(|node| TopologyChange::SlaveRemoved(bind.clone(), node.name.clone()));
        self.changes.extend(removed);
    }

    fn note_options(&mut self) {
        let options = |bind: Configured<'_>| {
            let routing = bind.routing();
            (
                bind.bind.tables.clone(),
                routing.reads,
                routing.failover,
                routing.idle,
            )
        };
        if options(self.before) != options(self.after) {
            let change = TopologyChange::OptionsChanged(self.running.name.clone());
            self.changes.push(change);
        }
    }

    /// The bind's own if it may go on, else one that remembers what the sessions did.
    fn replication(&self) -> Arc<Replication> {
        let master = &self.running.master.connection;
        let slaves = self.after.bind.slaves.iter().map(|slave| {
            let running = self.running_node(&slave.name);
            running.map_or(master, |node| &node.connection)
        });
        let next = replication(&self.after.routing(), master, slaves);
        match next.is_like(&self.running.replication) {
            true => self.running.replication.clone(),
            false => Arc::new(next.remembering(&self.running.replication)),
        }
    }
}
