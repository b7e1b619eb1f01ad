use std::collections::{HashMap, HashSet};

use super::{BindReason, Registration, Registry, Target, listed::Listed, registry::Keyed};
use crate::{
    classify::as_long_as_postgres_takes,
    config::DEFAULT_BIND,
    names::{BindName, NodeName},
    tables::{OwnSchemas, TablePattern},
};

/// Collects what the registry knows.
#[derive(Debug)]
pub(crate) struct RegistryBuilder(Registry);

impl RegistryBuilder {
    pub(crate) fn new() -> Self {
        Self(Registry {
            default: DEFAULT_BIND.into(),
            entities: HashMap::new(),
            tables: HashMap::new(),
            listed: Vec::new(),
            schemas: OwnSchemas::new(DEFAULT_BIND.into()),
            groups: HashSet::new(),
            has_several: false,
        })
    }

    /// Adds an entity whose key was found to mean `bind` or its node `pin`.
    pub(crate) fn entity(
        mut self,
        entity: &Registration,
        bind: BindName,
        pin: Option<NodeName>,
    ) -> Self {
        let target = Target {
            bind,
            pin,
            reason: BindReason::Key {
                table: entity.table().to_owned(),
                key: entity.key().to_owned(),
            },
        };
        if self
            .0
            .entities
            .insert(entity.entity(), target.clone())
            .is_some()
        {
            return self;
        }
        let keyed = Keyed {
            pattern: TablePattern::of_entity(entity.schema().as_deref(), entity.table()),
            schema: entity.schema(),
            table: entity.table(),
            entity: entity.name(),
            target,
        };
        // By what PostgreSQL keeps of a longer name, and so are all looked up.
        let name = as_long_as_postgres_takes(entity.table()).to_lowercase();
        self.0.tables.entry(name).or_default().push(keyed);
        self
    }

    /// Adds an entry of a bind's `tables`.
    pub(crate) fn listed(mut self, bind: BindName, pattern: String) -> Self {
        self.0.listed.push(Listed::new(bind, pattern));
        self
    }

    /// Says that a bind's connections look for tables in this schema, which SQL may spell out.
    pub(crate) fn own_schema(mut self, bind: &BindName, schema: impl Into<String>) -> Self {
        self.0.schemas.add(bind, &schema.into());
        self
    }

    /// Says that this is no bind, but a group of them.
    pub(crate) fn group(mut self, group: BindName) -> Self {
        self.0.groups.insert(group);
        self
    }

    /// Says that there are more binds than one.
    pub(crate) fn several(mut self, has_several: bool) -> Self {
        self.0.has_several = has_several;
        self
    }

    pub(crate) fn build(self) -> Registry {
        self.0
    }
}
