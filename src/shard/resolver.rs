use std::pin::Pin;

/// What a [`ShardResolver`] answers in the end: the name of a shard, or why there is none.
pub type ShardFuture<'r> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'r>>;

/// Says which shard of a group a key is on.
///
/// The resolver is asked when a handle is made by [`RoutingDatabase::shard`](crate::RoutingDatabase::shard), and not for each statement.
/// It has to name a shard of the group, or a shard that the group's template makes; else there is a
/// [`RoutingError::UnknownShard`](crate::RoutingError::UnknownShard). An error of the resolver is a
/// [`RoutingError::UnresolvedShard`](crate::RoutingError::UnresolvedShard).
#[doc(alias = "sharding")]
pub trait ShardResolver: Send + Sync + 'static {
    /// The shard of `key`; `shards` are those that the group has now, in the order in which it got them.
    fn shard<'r>(&'r self, key: &'r str, shards: &'r [String]) -> ShardFuture<'r>;
}
