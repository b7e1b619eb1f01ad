use std::sync::Arc;

use sea_orm::DbErr;

use super::{directory::Directory, history::History, node::LabNode};
use crate::{
    builder::BindBuilder,
    config::MASTER_NODE,
    error::ConnectError,
    node::{Opener, Role},
};

/// The servers of a bind.
#[derive(Debug)]
pub(super) struct LabBind {
    pub(super) name: String,
    pub(super) history: Arc<History>,
    /// The first one was the master when the lab was started.
    pub(super) nodes: Vec<Arc<LabNode>>,
}

impl LabBind {
    pub(super) async fn new(
        name: &str,
        slaves: usize,
        directory: &Arc<Directory>,
    ) -> Result<Self, ConnectError> {
        let failed = |source: DbErr| ConnectError::Node {
            node: format!("{name}.{MASTER_NODE}"),
            source,
        };
        let history = Arc::new(History::new(name, directory).await.map_err(failed)?);
        let first = history.observe().await.map_err(failed)?;
        let node = |name: &str, role| Arc::new(LabNode::new(name, &history, role, &first));
        let mut nodes = vec![node(MASTER_NODE, Role::Master)];
        nodes.extend((1..=slaves).map(|number| node(&format!("slave-{number}"), Role::Slave)));
        Ok(Self {
            name: name.to_owned(),
            history,
            nodes,
        })
    }

    /// The bind over these servers.
    pub(super) async fn builder(&self) -> Result<BindBuilder, ConnectError> {
        let mut open = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let role = match index {
                0 => Role::Master,
                _ => Role::Slave,
            };
            let opener: Arc<dyn Opener> = node.clone();
            open.push((opener.open(role).await?, opener));
        }
        let mut open = open.into_iter().zip(&self.nodes);
        let ((master, opener), _) = open.next().expect("a bind of a lab has a master");
        let mut builder = BindBuilder::new(&self.name, master).opened_by(opener);
        for ((slave, opener), node) in open {
            builder = builder.slave(&node.name, slave).opened_by(opener);
        }
        Ok(builder)
    }

    /// Whether a node was used since this was last asked.
    pub(super) fn was_used(&self) -> bool {
        // All are asked, as each forgets it then.
        let used = self.nodes.iter().filter(|node| node.was_used());
        used.count() > 0
    }

    pub(super) fn is_busy(&self) -> bool {
        self.history.is_observed() || self.nodes.iter().any(|node| node.is_busy())
    }

    /// Makes `node` the master; whoever was it holds what `node` holds, and follows it.
    pub(super) async fn promote(&self, node: &LabNode) -> Result<(), DbErr> {
        let version = node.promote().await?;
        let is_other = |other: &&Arc<LabNode>| other.name != node.name && other.is_master();
        self.nodes
            .iter()
            .filter(is_other)
            .for_each(|old| old.hold(&version));
        Ok(())
    }
}
