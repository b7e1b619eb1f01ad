use crate::{
    bind::{Registration, Registry, RegistryBuilder},
    config::{BindConfig, BindsConfig, DeclaredKey, key_meaning},
    names::{BindName, NodeName},
};

/// Where the tables of entities and of binds are.
pub(crate) fn registry(binds: &BindsConfig, entities: &[Registration]) -> Registry {
    let binds = &binds.housed();
    let mut registry = RegistryBuilder::new().several(binds.binds.len() > 1);
    for group in binds.groups() {
        registry = registry.group(group.into()).several(true);
    }
    for entity in entities {
        if let Some((bind, node)) = meaning(binds, entity.key()) {
            registry = registry.entity(entity, bind, node);
        }
    }
    let registry = binds.binds.iter().fold(registry, listed);
    let with_schemas = |registry, bind: &BindConfig| {
        let name = BindName::from(bind.name.as_str());
        binds
            .own_schemas(bind)
            .into_iter()
            .fold(registry, |registry: RegistryBuilder, schema| {
                registry.own_schema(&name, schema)
            })
    };
    binds.binds.iter().fold(registry, with_schemas).build()
}

/// The keys that the code declares, less those that `binds` have.
pub(crate) fn unmet(binds: &BindsConfig, entities: &[Registration]) -> Vec<DeclaredKey> {
    let unmet = entities
        .iter()
        .filter(|entity| meaning(binds, entity.key()).is_none());
    let declared = |entity: &Registration| DeclaredKey {
        entity: entity.name().to_owned(),
        key: entity.key().to_owned(),
    };
    unmet.map(declared).collect()
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
    if binds.has_group(key) {
        return Some((key.into(), None));
    }
    let (bind, node) = key_meaning(key, |bind| find(bind).is_some(), has_node)?;
    Some((bind.into(), node.map(NodeName::from)))
}
