use std::sync::Arc;

use tracing::{info, warn};

use super::{claims::Mastership, monitor::Monitor};
use crate::{
    events::NODE,
    freshness::Moment,
    names::NodeName,
    node::{Bind, Node, Role},
    tally::Turn,
};

/// Whoever takes writes becomes the bind's master.
impl Monitor {
    /// Finds out who is the master, and makes it the bind's.
    pub(super) async fn elect(&mut self) {
        let Some(bind) = self.bind() else { return };
        self.claims
            .retain(|name| bind.nodes().any(|node| node.name == *name));
        let mastership = self.claims.mastership();
        let is_contested = mastership == Mastership::Contested;
        if self.replication.contest(is_contested) {
            match is_contested {
                true => {
                    warn!(target: NODE, bind = %self.bind, "several nodes take writes and have come equally far: none is written to")
                }
                false => info!(target: NODE, bind = %self.bind, "only one node takes writes again"),
            }
            self.replication.pulse.note_progress();
        }
        if is_contested || mastership == Mastership::Nobody {
            self.replication.pulse.want(Moment::now());
        }
        if let Mastership::Of(master) = mastership
            && master != bind.master.name
        {
            self.promote(&bind, &master).await;
        }
    }

    async fn promote(&mut self, bind: &Bind, name: &NodeName) {
        let Some(slave) = bind.slaves.iter().find(|slave| slave.name == *name) else {
            return;
        };
        let old = &bind.master;
        let nodes = (
            slave.reopened(Role::Master).await,
            old.reopened(Role::Slave).await,
        );
        let (Ok(master), Ok(demoted)) = nodes else {
            warn!(target: NODE, bind = %self.bind, node = %name, "the new master can't be opened");
            return;
        };
        warn!(
            target: NODE, bind = %self.bind, old = %old.name, new = %name,
            "the master is another node: writes go there from now on"
        );
        self.forget_positions(bind);
        old.retire();
        slave.tallies.note(Turn::BecameMaster);
        self.claims.replace(&old.name);
        let master = Arc::new(master);
        self.master = master.clone();
        self.publish(&[old, slave], &[master, Arc::new(demoted)]);
        slave.close_pool();
        self.replication.pulse.want(Moment::now());
    }

    /// Puts `nodes` in the place of those that were there `before`.
    pub(super) fn publish(&self, before: &[&Arc<Node>], nodes: &[Arc<Node>]) {
        let is_current = |bind: &Bind| {
            let has = |old: &&Arc<Node>| bind.nodes().any(|node| node.shares_pool_with(old));
            Arc::ptr_eq(&bind.replication, &self.replication) && before.iter().all(has)
        };
        // What was changed by somebody else meanwhile stays so: the next answer comes here again.
        self.topology
            .rcu(|topology| match topology.bind(&self.bind) {
                Some(bind) if is_current(bind) => {
                    Arc::new(topology.with_all(&[Arc::new(bind.with(nodes))], &[]))
                }
                _ => topology.clone(),
            });
        self.replication.pulse.note_progress();
    }
}
