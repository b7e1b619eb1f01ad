use std::{fmt, sync::Arc};

use tokio::sync::Mutex;
use tracing::info;

use super::{
    bind_plan::BindPlan,
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
};

/// What a database was made from, and what has become of it: each change is made to the configuration, and the
/// topology follows.
pub(crate) struct Settings {
    /// Binds over connections that exist, without addresses, and options that go before those of the configuration.
    code: BindsConfig,
    entities: Vec<Registration>,
    config: Mutex<BindsConfig>,
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
            config: Mutex::new(config),
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
        let next = change(&config)?;
        next.check_with(&self.code, &unmet(&BindsConfig::new(), &self.entities))?;
        let (before, changes) = loop {
            let before = dispatcher.topology();
            let (binds, lodgings, changes) = self.plan(&before, &config, &next).await?;
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
            dispatcher.watch(&bind);
        }
        dispatcher.topology_has_changed();
        let gone = gone(&before, &dispatcher.topology());
        for change in &changes {
            info!(target: CONFIG, %change, "the topology has changed");
        }
        *config = next;
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
        // Whoever asks for what there is not, again and again, changes nothing for others.
        {
            let config = self.config.lock().await;
            if find(&config, bind.as_str()).is_some() {
                return Ok(true);
            }
            match self.template_of(&config, group) {
                None => return Ok(false),
                Some(template) => self.may_be_made(&config, template, group, shard, bind)?,
            };
        }
        let mut is_there = true;
        let change = |config: &BindsConfig| {
            let mut next = config.clone();
            if find(config, bind.as_str()).is_none() {
                match self.template_of(config, group) {
                    Some(template) => {
                        next.binds
                            .push(self.may_be_made(config, template, group, shard, bind)?);
                    }
                    None => is_there = false,
                }
            }
            Ok(next)
        };
        self.change(dispatcher, change).await?;
        Ok(is_there)
    }

    fn template_of<'c>(&'c self, config: &'c BindsConfig, group: &str) -> Option<&'c BindConfig> {
        config.template_of(group).or(self.code.template_of(group))
    }

    /// The bind of a shard, which nobody may take for another one's, whatever whoever has named it wants.
    fn may_be_made(
        &self,
        config: &BindsConfig,
        template: &BindConfig,
        group: &str,
        shard: &str,
        bind: &BindName,
    ) -> Result<BindConfig, RoutingError> {
        is_told_apart(config, group, shard, bind)?;
        let made = template.made_for(bind.as_str(), shard);
        let reason = config.clash_of(&made).or_else(|| self.code.clash_of(&made));
        match reason {
            None => Ok(made),
            Some(reason) => Err(RoutingError::UnopenedShard {
                group: group.to_owned(),
                shard: shard.to_owned(),
                reason,
            }),
        }
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
        for bind in &new.binds {
            let after = Configured {
                config: new,
                routing: &routing,
                bind,
                credentials: self.credentials.as_ref(),
            };
            let before = find(old, &bind.name).map(|bind| Configured {
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
            .filter(|bind| find(new, &bind.name).is_none());
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

fn find<'c>(config: &'c BindsConfig, name: &str) -> Option<&'c BindConfig> {
    config.binds.iter().find(|bind| bind.name == name)
}

/// Refuses a shard's name that a server, a file system or a host may take for another one's.
fn is_told_apart(
    config: &BindsConfig,
    group: &str,
    shard: &str,
    bind: &BindName,
) -> Result<(), RoutingError> {
    let is_near = |other: &BindConfig| other.name.eq_ignore_ascii_case(bind.as_str());
    let has_capital = shard.bytes().any(|byte| byte.is_ascii_uppercase());
    if !has_capital && !config.binds.iter().any(is_near) {
        return Ok(());
    }
    Err(RoutingError::UnopenedShard {
        group: group.to_owned(),
        shard: shard.to_owned(),
        reason: "what is made of a template has a name in lower case, and none that another shard has but for \
                 its capitals, as they may be one database"
            .to_owned(),
    })
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
