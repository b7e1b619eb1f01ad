use std::{fmt, sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::{sync::Mutex, time::timeout};
use tracing::info;

use super::{
    RoutingDatabaseBuilder,
    assembly::{registry, unmet},
    plan::{Configured, TopologyChange},
};
use crate::{
    config::{BindConfig, BindsConfig, DeclaredKey, RoutingConfig},
    dispatch::Dispatcher,
    error::ConnectError,
    freshness::Moment,
    names::BindName,
    node::{Bind, Node, Topology},
};

/// How often to look whether what drains is still well.
const LOOK: Duration = Duration::from_secs(1);

/// Stands where an address was not configured.
const GIVEN: &str = "sqlite://given.db";

/// What a database was made from, and what has become of it: each change is made to the configuration, and the
/// topology follows.
pub(crate) struct Settings {
    builder: RoutingDatabaseBuilder,
    config: Mutex<BindsConfig>,
}

impl Settings {
    pub(super) fn new(builder: RoutingDatabaseBuilder, config: BindsConfig) -> Self {
        Self {
            builder,
            config: Mutex::new(config),
        }
    }

    /// Changes the configuration, and then the topology, at once for all binds; nothing if anything is wrong.
    ///
    /// Statements go on meanwhile. What has been removed is drained in the background, or waited for by the caller
    /// through the returned nodes.
    ///
    /// # Errors
    /// The changed configuration has problems, or a new pool can't be made.
    pub(crate) async fn change(
        &self,
        dispatcher: &Dispatcher,
        change: impl FnOnce(&BindsConfig) -> Result<BindsConfig, ConnectError>,
    ) -> Result<(Vec<TopologyChange>, Vec<Arc<Node>>), ConnectError> {
        let mut config = self.config.lock().await;
        let next = change(&config)?;
        let whole = self.whole(&next);
        whole.check(&self.declared_by_code())?;
        let (before, changes) = loop {
            let before = dispatcher.topology();
            let (binds, changes) = self.plan(&before, &config, &next).await?;
            let after = before.with_all(&binds, &removed(&changes));
            // A monitor may have published another master meanwhile: then it is planned again.
            if dispatcher.replace(&before, after) {
                break (before, changes);
            }
        };
        dispatcher.set_registry(registry(&whole, &self.builder.registrations()));
        // A new bind is watched from its first read on: nobody may ever use it.
        for bind in before
            .binds()
            .filter_map(|bind| after(dispatcher, &bind.name))
        {
            dispatcher.watch(&bind);
        }
        let gone = gone(&before, &dispatcher.topology());
        for change in &changes {
            info!(%change, "the topology has changed");
        }
        *config = next;
        Ok((changes, gone))
    }

    async fn plan(
        &self,
        topology: &Topology,
        old: &BindsConfig,
        new: &BindsConfig,
    ) -> Result<(Vec<Arc<Bind>>, Vec<TopologyChange>), ConnectError> {
        let (old_routing, routing) = (self.routing(old), self.routing(new));
        let (mut binds, mut changes) = (Vec::new(), Vec::new());
        for bind in &new.binds {
            let configured = Configured {
                config: new,
                routing: &routing,
                bind,
            };
            let before = find(old, &bind.name).map(|bind| Configured {
                config: old,
                routing: &old_routing,
                bind,
            });
            let running = topology.bind(&bind.name.as_str().into());
            let next = match (before, running) {
                (Some(before), Some(running)) => {
                    configured.next(before, running, &mut changes).await?
                }
                _ => {
                    changes.push(TopologyChange::BindAdded(bind.name.as_str().into()));
                    configured.open().await?
                }
            };
            binds.push(Arc::new(next));
        }
        let names = old
            .binds
            .iter()
            .filter(|bind| find(new, &bind.name).is_none());
        changes.extend(names.map(|bind| TopologyChange::BindRemoved(bind.name.as_str().into())));
        Ok((binds, changes))
    }

    /// The bind keys of the code that the given binds do not have.
    pub(super) fn declared(&self) -> Vec<DeclaredKey> {
        unmet(&self.builder.outline(), &self.builder.registrations())
    }

    fn declared_by_code(&self) -> Vec<DeclaredKey> {
        unmet(&BindsConfig::new(), &self.builder.registrations())
    }

    /// The configuration with the binds that were made from connections.
    fn whole(&self, config: &BindsConfig) -> BindsConfig {
        let given = self.builder.outline().binds.into_iter().map(|mut bind| {
            // They have no addresses that could be checked.
            bind.master.url = GIVEN.into();
            for slave in &mut bind.slaves {
                slave.url = GIVEN.into();
            }
            bind
        });
        let mut whole = config.clone();
        whole.binds.extend(given);
        whole
    }

    fn routing(&self, config: &BindsConfig) -> RoutingConfig {
        self.builder.routing(config.routing.clone())
    }
}

fn after(dispatcher: &Dispatcher, name: &BindName) -> Option<Arc<Bind>> {
    dispatcher.topology().bind(name).cloned()
}

/// Waits until the nodes that are gone have no work, and closes their pools.
pub(crate) async fn drain(gone: Vec<Arc<Node>>) -> Result<(), DbErr> {
    for node in gone {
        while timeout(LOOK, node.idle()).await.is_err() {
            // Nobody asks it any more: what waits at one that is down has nothing to expect.
            if node.health.is_down() {
                node.health.note_silence(Moment::now());
            }
        }
        node.close().await?;
    }
    Ok(())
}

fn find<'c>(config: &'c BindsConfig, name: &str) -> Option<&'c BindConfig> {
    config.binds.iter().find(|bind| bind.name == name)
}

fn removed(changes: &[TopologyChange]) -> Vec<BindName> {
    let removed = changes.iter().filter_map(|change| match change {
        TopologyChange::BindRemoved(bind) => Some(bind.clone()),
        _ => None,
    });
    removed.collect()
}

/// The nodes of `before` whose pools nobody uses any more.
fn gone(before: &Topology, now: &Topology) -> Vec<Arc<Node>> {
    let is_used = |node: &Arc<Node>| now.nodes().any(|other| other.shares_pool_with(node));
    before
        .nodes()
        .filter(|node| !is_used(node))
        .cloned()
        .collect()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}
