//! Groups of binds: which shard of a group a key is on.
//!
//! A group is a set of binds for the same entities (*sharding*, tenants, regions).
//!
//! The shard `eu` of group `tenants` is the bind `tenants:eu`, wherever that bind comes from: `shards` in binds.yaml,
//! [`BindConfig::new("tenants:eu", …)`](crate::config::BindConfig::new), [`BindBuilder::new("tenants:eu", …)`](crate::BindBuilder::new), or
//! [`add_bind`](crate::RoutingDatabase::add_bind) while the application runs. An entity with `#[bind_key = "tenants"]` is on the shard that
//! [`RoutingDatabase::shard`](crate::RoutingDatabase::shard) names for the handle or the scope around. Where nobody names a shard, a
//! statement of that entity is a [`RoutingError::NoShard`](crate::RoutingError::NoShard), and nothing is sent.
//!
//! By default a key is the name of its shard. Where it is not, a [`ShardResolver`] says which shard is meant
//! ([`RoutingDatabaseBuilder::shards`](crate::RoutingDatabaseBuilder::shards)): [`ShardTable`], [`Rendezvous`], [`ShardRanges`],
//! [`ShardLookup`], or your own.

mod each;
mod lookup;
mod name;
mod ranges;
mod rendezvous;
mod resolver;
mod table;

pub use each::{EachShard, ShardProgress};
pub(crate) use each::{Job, each};
pub use lookup::ShardLookup;
pub(crate) use name::{ShardName, group_of, is_shard_name, shown_key};
pub use ranges::ShardRanges;
pub use rendezvous::Rendezvous;
pub use resolver::{ShardFuture, ShardResolver};
pub use table::ShardTable;
