//! From binds with open connections to a running database.

use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::{BindBuilder, bind::SlaveBuilder, problems::problems};
use crate::{
    bind::{BindName, NodeName, Registration, RegistryBuilder},
    catalogue::KnownFunctions,
    config::{
        Balance, ConfigError, DEFAULT_BIND, DeclaredKey, FunctionsConfig, MASTER_NODE,
        RoutingConfig, key_meaning,
    },
    database::RoutingDatabase,
    dispatch::{Dispatcher, Verdicts},
    node::{Bind, Node, Random, Role, Topology},
};

/// What an error names as its origin where there is no file.
const ORIGIN: &str = "routing database builder";

/// Builds the database, or lists every problem of the binds and of the keys that the code declares.
pub(super) fn assemble(
    binds: Vec<BindBuilder>,
    routing: &RoutingConfig,
    functions: FunctionsConfig,
    entities: &[Registration],
) -> Result<RoutingDatabase, ConfigError> {
    let problems = problems(&binds, &unmet(&binds, entities));
    let mut registry = RegistryBuilder::new();
    for entity in entities {
        if let Some((bind, node)) = meaning(&binds, entity.key()) {
            registry = registry.entity(entity, bind, node);
        }
    }
    let registry = binds.iter().fold(registry, listed).build();
    let topology = Topology::new(
        binds
            .into_iter()
            .map(|bind| run(bind, routing.balance))
            .collect(),
    );
    let random = Random::new(routing.seed);
    let verdicts = Verdicts::new(registry, KnownFunctions::new(functions));
    let dispatcher = Dispatcher::new(topology, verdicts, random, routing.echo);
    match RoutingDatabase::new(dispatcher) {
        Some(database) if problems.is_empty() => Ok(database),
        _ => Err(ConfigError::new(ORIGIN, problems)),
    }
}

/// The keys that the code declares, less those that `binds` have.
pub(super) fn unmet(binds: &[BindBuilder], entities: &[Registration]) -> Vec<DeclaredKey> {
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
    let bind = run(
        BindBuilder::new(DEFAULT_BIND, connection),
        Balance::default(),
    );
    let verdicts = Verdicts::new(RegistryBuilder::new().build(), KnownFunctions::default());
    let topology = Topology::new(vec![bind]);
    let dispatcher = Dispatcher::new(topology, verdicts, Random::new(None), false);
    RoutingDatabase::new(dispatcher).expect("the only bind is called `default`")
}

fn run(bind: BindBuilder, balance: Balance) -> Bind {
    let name = BindName::from(bind.name);
    let node = |node: &str, role, weight, connection| {
        Arc::new(Node::new(
            name.clone(),
            node.into(),
            role,
            weight,
            connection,
        ))
    };
    let master = node(MASTER_NODE, Role::Master, 1, bind.master);
    let slave =
        |slave: SlaveBuilder| node(&slave.name, Role::Slave, slave.weight, slave.connection);
    let slaves = bind.slaves.into_iter().map(slave).collect();
    Bind::new(master, slaves, bind.balance.unwrap_or(balance))
}

fn listed(registry: RegistryBuilder, bind: &BindBuilder) -> RegistryBuilder {
    bind.tables.iter().fold(registry, |registry, table| {
        registry.listed(bind.name.as_str().into(), table.clone())
    })
}

fn meaning(binds: &[BindBuilder], key: &str) -> Option<(BindName, Option<NodeName>)> {
    let find = |name: &str| binds.iter().find(|bind| bind.name == name);
    let has_node = |bind: &str, node: &str| {
        find(bind).is_some_and(|bind| {
            node == MASTER_NODE || bind.slaves.iter().any(|slave| slave.name == node)
        })
    };
    let (bind, node) = key_meaning(key, |bind| find(bind).is_some(), has_node)?;
    Some((bind.into(), node.map(NodeName::from)))
}
