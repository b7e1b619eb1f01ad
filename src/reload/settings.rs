use std::{collections::HashMap, fmt, sync::Arc};

use tokio::sync::Mutex;
use tracing::info;

use super::{
    bind_plan::BindPlan,
    configuration::Configuration,
    drain::gone,
    keys::{registry, unmet},
    topology_change::TopologyChange,
};
use crate::{
    bind::Registration,
    config::{BindConfig, BindsConfig, RoutingConfig},
    connect::Configured,
    credentials::CredentialsProvider,
    dispatch::Dispatcher,
    error::{ConnectError, RoutingError},
    events::CONFIG,
    names::BindName,
    node::{Bind, Lodging, Node, Topology},
    shard::group_of,
};

/// What a database was made from, and what has become of it: each change is made to the configuration, and the
/// topology follows.
pub(crate) struct Settings {
    /// Binds over connections that exist, without addresses, and options that go before those of the configuration.
    code: BindsConfig,
    entities: Vec<Registration>,
    config: Mutex<Configuration>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
}

impl Settings {
    pub(crate) fn new(
        code: BindsConfig,
        entities: Vec<Registration>,
        config: BindsConfig,
        credentials: Option<Arc<dyn CredentialsProvider>>,
    ) -> Self {
        Self {
            code,
            entities,
            config: Mutex::new(Configuration::new(config)),
            credentials,
        }
    }

    /// Changes the configuration, and then the topology, at once for all binds; nothing if anything is wrong.
    ///
    /// Statements go on meanwhile. What has been removed is drained in the background, or waited for by the caller
    /// through the returned nodes.
    ///
    /// # Errors
    /// The database is closed, the changed configuration has problems, or a new pool can't be made.
    pub(crate) async fn change(
        &self,
        dispatcher: &Dispatcher,
        change: impl FnOnce(&BindsConfig) -> Result<BindsConfig, ConnectError>,
    ) -> Result<(Vec<TopologyChange>, Vec<Arc<Node>>), ConnectError> {
        let mut config = self.config.lock().await;
        if dispatcher.is_stopped() {
            return Err(RoutingError::Closed.into());
        }
        let next = change(config.get())?;
        next.check_with(&self.code, &unmet(&BindsConfig::new(), &self.entities))?;
        let (before, changes) = loop {
            let before = dispatcher.topology();
            let (binds, lodgings, changes) = self.plan(&before, config.get(), &next).await?;
            let after = before.with_all(&binds, &removed(&changes));
            let after = after.lodging(lodgings);
            // A monitor may have published another master meanwhile: then it is planned again.
            if dispatcher.replace(&before, after) {
                break (before, changes);
            }
        };
        dispatcher.set_registry(registry(&next.with(&self.code), &self.entities));
        // A new bind is watched from its first read on: nobody may ever use it.
        for bind in before
            .binds()
            .filter_map(|bind| after(dispatcher, &bind.name))
        {
            if !bind.may_be_unwatched() {
                dispatcher.watch(&bind);
            }
        }
        dispatcher.limit_connections(self.routing(&next).connection_budget);
        dispatcher.close_idle_binds();
        dispatcher.topology_has_changed();
        let gone = gone(&before, &dispatcher.topology());
        for change in &changes {
            info!(target: CONFIG, %change, "the topology has changed");
        }
        config.replace(next);
        Ok((changes, gone))
    }

    /// Opens a shard by its group's template, unless somebody has meanwhile; `false` if there is none.
    pub(crate) async fn open_shard(
        &self,
        dispatcher: &Dispatcher,
        group: &str,
        shard: &str,
        bind: &BindName,
    ) -> Result<bool, ConnectError> {
        let mut config = self.config.lock().await;
        if config.has(bind.as_str()) {
            return Ok(true);
        }
        // Whoever asks for what there is not, again and again, changes nothing for others.
        let Some(template) = self.template_of(config.get(), group) else {
            return Ok(false);
        };
        let made = template.made_for(bind.as_str(), shard);
        config.tells_apart(&self.code, &made, group, shard)?;
        if made.within.is_none() {
            self.add(dispatcher, &mut config, made).await?;
            return Ok(true);
        }
        // It depends on its host.
        drop(config);
        let change =
            |config: &BindsConfig| match config.binds.iter().any(|bind| bind.name == made.name) {
                true => Ok(config.clone()),
                false => Ok(config.clone().bind(made)),
            };
        self.change(dispatcher, change).await?;
        Ok(true)
    }

    /// Adds a bind; a shard of a group that there is without looking at all the others.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub(crate) async fn add_bind(
        &self,
        dispatcher: &Dispatcher,
        bind: BindConfig,
    ) -> Result<(), ConnectError> {
        let group = group_of(&bind.name).map(|(group, _)| BindName::from(group));
        let is_of_group = group.is_some_and(|group| dispatcher.is_group(&group));
        if is_of_group && bind.tables.is_empty() && bind.within.is_none() {
            let mut config = self.config.lock().await;
            if !config.has(&bind.name) {
                return self.add(dispatcher, &mut config, bind).await;
            }
        }
        let change = |config: &BindsConfig| Ok(config.clone().bind(bind));
        self.change(dispatcher, change).await.map(|_| ())
    }

    /// Adds a shard of a group that there is, which has nothing to do with the other ones.
    async fn add(
        &self,
        dispatcher: &Dispatcher,
        config: &mut Configuration,
        bind: BindConfig,
    ) -> Result<(), ConnectError> {
        if dispatcher.is_stopped() {
            return Err(RoutingError::Closed.into());
        }
        config.beside(&bind).check_with(&self.code, &[])?;
        let routing = self.routing(config.get());
        let configured = Configured {
            config: config.get(),
            routing: &routing,
            bind: &bind,
            credentials: self.credentials.as_ref(),
        };
        // None of its servers has to answer yet.
        let open = configured.open(true).await?;
        let running = [Arc::new(open.run(&configured.routing()))];
        loop {
            let before = dispatcher.topology();
            // A monitor may have published another master meanwhile.
            if dispatcher.replace(&before, before.with_all(&running, &[])) {
                break;
            }
        }
        let has_schemas = !config.get().own_schemas(&bind).is_empty();
        let change = TopologyChange::BindAdded(running[0].name.clone());
        config.add(bind);
        if has_schemas {
            let whole = config.get().with(&self.code);
            dispatcher.set_registry(registry(&whole, &self.entities));
        }
        dispatcher.close_idle_binds();
        dispatcher.bind_was_added(&running[0].name);
        info!(target: CONFIG, %change, "the topology has changed");
        Ok(())
    }

    fn template_of<'c>(&'c self, config: &'c BindsConfig, group: &str) -> Option<&'c BindConfig> {
        config.template_of(group).or(self.code.template_of(group))
    }

    /// Ends the database's background tasks, and refuses changes from now on; one that is being made ends before.
    pub(crate) async fn end(&self, dispatcher: &Dispatcher) {
        let _changing = self.config.lock().await;
        dispatcher.stop();
    }

    async fn plan(
        &self,
        topology: &Topology,
        old: &BindsConfig,
        new: &BindsConfig,
    ) -> Result<Planned, ConnectError> {
        let (old_routing, routing) = (self.routing(old), self.routing(new));
        let (old, new) = (&old.housed(), &new.housed());
        let (mut binds, mut lodgings, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        let (found, kept) = (by_name(old), by_name(new));
        for bind in &new.binds {
            let after = Configured {
                config: new,
                routing: &routing,
                bind,
                credentials: self.credentials.as_ref(),
            };
            let before = found.get(bind.name.as_str()).map(|bind| Configured {
                config: old,
                routing: &old_routing,
                bind,
                credentials: self.credentials.as_ref(),
            });
            if let Some(lodging) = after.lodging() {
                lodgings.push(lodged(topology, before, after, lodging, &mut changes));
                continue;
            }
            let running = topology.bind(&bind.name.as_str().into());
            let running = running.filter(|_| before.is_none_or(|old| old.bind.within.is_none()));
            let next = match (before, running) {
                (Some(before), Some(running)) => {
                    let plan = BindPlan::new(before, after, running, &mut changes);
                    plan.carry_out().await?
                }
                _ => {
                    changes.push(TopologyChange::BindAdded(bind.name.as_str().into()));
                    // None of its servers has to answer yet.
                    after.open(true).await?.run(&after.routing())
                }
            };
            binds.push(Arc::new(next));
        }
        let names = old
            .binds
            .iter()
            .filter(|bind| !kept.contains_key(bind.name.as_str()));
        changes.extend(names.map(|bind| TopologyChange::BindRemoved(bind.name.as_str().into())));
        Ok((binds, lodgings, changes))
    }

    /// The bind keys that the code declares, less those of its own binds.
    #[cfg(feature = "watch")]
    pub(super) fn declared(&self) -> Vec<crate::config::DeclaredKey> {
        unmet(&self.code, &self.entities)
    }

    fn routing(&self, config: &BindsConfig) -> RoutingConfig {
        self.code.routing.or(&config.routing)
    }
}

/// What runs next: binds, those on the servers of others, and what is different.
type Planned = (Vec<Arc<Bind>>, Vec<Arc<Lodging>>, Vec<TopologyChange>);

/// The bind on the servers of another one as it is next: the same if nothing about it has changed.
fn lodged(
    topology: &Topology,
    before: Option<Configured<'_>>,
    after: Configured<'_>,
    lodging: Lodging,
    changes: &mut Vec<TopologyChange>,
) -> Arc<Lodging> {
    let name = lodging.name.clone();
    let Some(before) = before else {
        changes.push(TopologyChange::BindAdded(name));
        return Arc::new(lodging);
    };
    let pools = |at: Configured<'_>| {
        at.bind
            .nodes()
            .map(|node| at.pool(node))
            .collect::<Vec<_>>()
    };
    if *before.bind == *after.bind
        && pools(before) == pools(after)
        && let Some(running) = topology.lodged(&name)
    {
        return running.clone();
    }
    changes.push(TopologyChange::OptionsChanged(name));
    Arc::new(lodging)
}

fn after(dispatcher: &Dispatcher, name: &BindName) -> Option<Arc<Bind>> {
    dispatcher.topology().bind(name).cloned()
}

fn by_name(config: &BindsConfig) -> HashMap<&str, &BindConfig> {
    let binds = config.binds.iter();
    binds.map(|bind| (bind.name.as_str(), bind)).collect()
}

fn removed(changes: &[TopologyChange]) -> Vec<BindName> {
    let removed = changes.iter().filter_map(|change| match change {
        TopologyChange::BindRemoved(bind) => Some(bind.clone()),
        _ => None,
    });
    removed.collect()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}
