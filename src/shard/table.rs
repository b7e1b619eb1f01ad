use std::{collections::HashMap, future::ready};

use super::{ShardFuture, ShardResolver};

/// Keys and their shards, listed in code.
///
/// ```
/// use sea_orm_routing::{RoutingDatabase, shard::ShardTable};
///
/// let table = ShardTable::new().key("acme", "eu").key("initech", "us").otherwise("shared");
/// let builder = RoutingDatabase::builder().shards("tenants", table);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ShardTable {
    shards: HashMap<String, String>,
    otherwise: Option<String>,
}

impl ShardTable {
    /// A table without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>, shard: impl Into<String>) -> Self {
        self.shards.insert(key.into(), shard.into());
        self
    }

    /// The shard of all other keys. Default: none, and other keys are errors.
    #[must_use]
    pub fn otherwise(mut self, shard: impl Into<String>) -> Self {
        self.otherwise = Some(shard.into());
        self
    }
}

impl ShardResolver for ShardTable {
    fn shard<'r>(&'r self, key: &'r str, _: &'r [String]) -> ShardFuture<'r> {
        let found = self.shards.get(key).or(self.otherwise.as_ref());
        let found = found
            .cloned()
            .ok_or_else(|| "it is not in the table".to_owned());
        Box::pin(ready(found))
    }
}
