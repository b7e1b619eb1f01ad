use std::collections::HashSet;

use crate::{
    config::{BindConfig, BindsConfig, DEFAULT_BIND, DatabasePlace, TAKEN},
    error::RoutingError,
};

/// The configuration of the moment, and what tells a new bind from all others without looking at each of them.
#[derive(Debug)]
pub(super) struct Configuration {
    config: BindsConfig,
    /// Made when the first bind is added, and anew after each other change.
    index: Option<Index>,
}

#[derive(Debug, Default)]
struct Index {
    names: HashSet<String>,
    /// The names as they look without capitals.
    near: HashSet<String>,
    places: HashSet<DatabasePlace>,
}

impl Index {
    fn of(config: &BindsConfig) -> Self {
        let mut index = Self::default();
        config.binds.iter().for_each(|bind| index.add(bind));
        index
    }

    fn add(&mut self, bind: &BindConfig) {
        self.names.insert(bind.name.clone());
        self.near.insert(bind.name.to_ascii_lowercase());
        for place in bind.nodes().filter_map(|node| node.url.place()) {
            self.places.insert(place);
        }
    }
}

impl Configuration {
    pub(super) fn new(config: BindsConfig) -> Self {
        Self {
            config,
            index: None,
        }
    }

    pub(super) fn get(&self) -> &BindsConfig {
        &self.config
    }

    pub(super) fn replace(&mut self, config: BindsConfig) {
        *self = Self::new(config);
    }

    pub(super) fn has(&mut self, bind: &str) -> bool {
        self.index().names.contains(bind)
    }

    pub(super) fn add(&mut self, bind: BindConfig) {
        self.index().add(&bind);
        self.config.binds.push(bind);
    }

    /// What a new bind is checked with: the binds of a group don't depend on each other.
    pub(super) fn beside(&self, bind: &BindConfig) -> BindsConfig {
        let default = self.config.binds.iter();
        let mut default = default.filter(|bind| bind.name == DEFAULT_BIND);
        BindsConfig {
            binds: default.next().into_iter().chain([bind]).cloned().collect(),
            templates: Vec::new(),
            pool: self.config.pool.clone(),
            routing: self.config.routing.clone(),
            functions: self.config.functions.clone(),
        }
    }

    /// Refuses what is made of a template if somebody may take it for another one's: by its name, for a server, a file system
    /// or a host, or by its database.
    pub(super) fn tells_apart(
        &mut self,
        code: &BindsConfig,
        made: &BindConfig,
        group: &str,
        shard: &str,
    ) -> Result<(), RoutingError> {
        let unopened = |reason: String| RoutingError::UnopenedShard {
            group: group.to_owned(),
            shard: shard.to_owned(),
            reason,
        };
        let has_capital = shard.bytes().any(|byte| byte.is_ascii_uppercase());
        let near = made.name.to_ascii_lowercase();
        if has_capital || self.index().near.contains(&near) {
            return Err(unopened(
                "what is made of a template has a name in lower case, and none that another shard has but for \
                 its capitals, as they may be one database"
                    .to_owned(),
            ));
        }
        let places: Vec<_> = made.nodes().filter_map(|node| node.url.place()).collect();
        if let Some(reason) = places.iter().find_map(DatabasePlace::fault) {
            return Err(unopened(reason));
        }
        if let Some(reason) = made
            .within
            .as_ref()
            .and_then(|_| self.config.clash_of(made))
        {
            return Err(unopened(reason));
        }
        let index = self.index();
        let is_taken = places.iter().any(|place| index.places.contains(place));
        match is_taken {
            true => Err(unopened(TAKEN.to_owned())),
            false => code
                .clash_of(made)
                .map_or(Ok(()), |reason| Err(unopened(reason))),
        }
    }

    fn index(&mut self) -> &mut Index {
        let config = &self.config;
        self.index.get_or_insert_with(|| Index::of(config))
    }
}
