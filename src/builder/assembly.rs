//! From binds with open connections to a running database.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbBackend};

use super::{
    BindBuilder, RoutingDatabaseBuilder,
    bind::SlaveBuilder,
    problems::{outline, problems},
    settings::Settings,
};
use crate::{
    bind::{BindName, NodeName, Registration, Registry, RegistryBuilder},
    catalogue::KnownFunctions,
    config::{
        BindConfig, BindsConfig, ConfigError, DEFAULT_BIND, DeclaredKey, FreshnessSource,
        MASTER_NODE, ReadsConfig, RoutingConfig, key_meaning,
    },
    database::RoutingDatabase,
    dispatch::{Dispatcher, Judgements},
    freshness::Source,
    monitor::can_ask,
    node::{
        Bind, Given, Identity, Node, Opener, Policy, Random, Replication, Role, Topology, backend,
    },
};

/// What an error names as its origin where there is no file.
const ORIGIN: &str = "routing database builder";

/// Builds the database, or lists every problem of the binds and of the keys that the code declares.
pub(super) fn assemble(
    binds: Vec<BindBuilder>,
    builder: RoutingDatabaseBuilder,
    config: BindsConfig,
) -> Result<RoutingDatabase, ConfigError> {
    let entities = builder.registrations();
    let outline = outline(&binds);
    let registry = registry(&outline, &entities);
    let routing = builder.routing(config.routing.clone());
    let problems = problems(&binds, &routing, &unmet(&outline, &entities));
    let topology = Topology::new(binds.into_iter().map(|bind| bind.run(&routing)).collect());
    let functions = builder.functions_with(config.functions.clone());
    let judgements = Judgements::new(registry, KnownFunctions::new(functions));
    let dispatcher = Dispatcher::new(
        topology,
        judgements,
        Random::new(routing.seed),
        routing.echo,
    );
    match RoutingDatabase::new(dispatcher, Settings::new(builder, config)) {
        Some(database) if problems.is_empty() => Ok(database),
        _ => Err(ConfigError::new(ORIGIN, problems)),
    }
}

/// Where the tables of entities and of binds are.
pub(super) fn registry(binds: &BindsConfig, entities: &[Registration]) -> Registry {
    let mut registry = RegistryBuilder::new();
    for entity in entities {
        if let Some((bind, node)) = meaning(binds, entity.key()) {
            registry = registry.entity(entity, bind, node);
        }
    }
    binds.binds.iter().fold(registry, listed).build()
}

/// The keys that the code declares, less those that `binds` have.
pub(super) fn unmet(binds: &BindsConfig, entities: &[Registration]) -> Vec<DeclaredKey> {
    let unmet = entities
        .iter()
        .filter(|entity| meaning(binds, entity.key()).is_none());
    let declared = |entity: &Registration| DeclaredKey {
        entity: entity.name().to_owned(),
        key: entity.key().to_owned(),
    };
    unmet.map(declared).collect()
}

/// One bind that takes every statement: nothing is registered, so no key can be unknown.
pub(super) fn single(connection: DatabaseConnection) -> RoutingDatabase {
    let bind = BindBuilder::new(DEFAULT_BIND, connection);
    let topology = Topology::new(vec![bind.clone().run(&RoutingConfig::default())]);
    let judgements = Judgements::new(RegistryBuilder::new().build(), KnownFunctions::default());
    let dispatcher = Dispatcher::new(topology, judgements, Random::new(None), false);
    let builder = RoutingDatabaseBuilder::new().bind(bind);
    let settings = Settings::new(builder, BindsConfig::new());
    RoutingDatabase::new(dispatcher, settings).expect("the only bind is called `default`")
}

impl BindBuilder {
    /// The bind with what it takes from the whole.
    pub(super) fn run(self, routing: &RoutingConfig) -> Bind {
        let replication = Arc::new(replication(&self, routing));
        let name = BindName::from(self.name);
        let node = |node: &str, role, weight, connection: DatabaseConnection, opener| {
            let opener = opener_or_given(opener, &connection);
            let identity = Identity {
                bind: name.clone(),
                name: node.into(),
                weight,
                opener,
            };
            Arc::new(Node::new(identity, role, connection, replication.clone()))
        };
        let master = node(MASTER_NODE, Role::Master, 1, self.master, self.opener);
        let slave = |slave: SlaveBuilder| {
            let SlaveBuilder {
                name,
                weight,
                connection,
                opener,
            } = slave;
            node(&name, Role::Slave, weight, connection, opener)
        };
        let slaves = self.slaves.into_iter().map(slave).collect();
        Bind::new(master, slaves, self.balance.unwrap_or(routing.balance))
    }
}

pub(super) fn opener_or_given(
    opener: Option<Arc<dyn Opener>>,
    connection: &DatabaseConnection,
) -> Arc<dyn Opener> {
    opener.unwrap_or_else(|| Arc::new(Given(connection.clone())))
}

pub(super) fn replication(bind: &BindBuilder, routing: &RoutingConfig) -> Replication {
    let reads = &bind.reads.or(&routing.reads);
    let failover = bind.failover.or(&routing.failover);
    let policy = Policy {
        consistency: reads.consistency.unwrap_or_default(),
        max_lag: reads.effective_max_lag(),
        readmit_lag: reads.effective_readmit_lag(),
        wait: reads.effective_wait(),
        on_no_slave: reads.on_no_slave.unwrap_or_default(),
        max_master_reads: reads.max_master_reads,
        roles: failover.roles.unwrap_or_default(),
        hold_writes: failover.effective_hold_writes(),
    };
    let mut slaves = bind.slaves.iter().map(|slave| &slave.connection);
    let can_be_asked = can_ask(&bind.master) && slaves.all(can_ask);
    Replication::new(policy, source(bind, reads, can_be_asked), can_be_asked)
}

/// How it is known what the slaves hold, as far as their connections can tell.
fn source(bind: &BindBuilder, reads: &ReadsConfig, can_be_asked: bool) -> Source {
    let is_sqlite = backend(&bind.master) == Some(DbBackend::Sqlite);
    match reads.freshness {
        // Another process may have slaves of it, or this one soon.
        _ if bind.slaves.is_empty() && can_be_asked => Source::Positions,
        _ if bind.slaves.is_empty() => Source::Shared,
        Some(FreshnessSource::Window(window)) => Source::Window(window),
        _ if is_sqlite => Source::Shared,
        _ if !can_be_asked => Source::Window(reads.effective_max_lag()),
        Some(FreshnessSource::Heartbeat) => Source::Heartbeat,
        Some(FreshnessSource::Positions) | None => Source::Positions,
    }
}

fn listed(registry: RegistryBuilder, bind: &BindConfig) -> RegistryBuilder {
    bind.tables.iter().fold(registry, |registry, table| {
        registry.listed(bind.name.as_str().into(), table.clone())
    })
}

fn meaning(binds: &BindsConfig, key: &str) -> Option<(BindName, Option<NodeName>)> {
    let find = |name: &str| binds.binds.iter().find(|bind| bind.name == name);
    let has_node = |bind: &str, node: &str| {
        find(bind).is_some_and(|bind| bind.nodes().any(|other| other.name == node))
    };
    let (bind, node) = key_meaning(key, |bind| find(bind).is_some(), has_node)?;
    Some((bind.into(), node.map(NodeName::from)))
}
