use super::{DatabaseUrl, PoolConfig};

/// Weight of a node that says none: all such slaves take the same share of the reads.
pub(super) const DEFAULT_WEIGHT: u32 = 1;

/// One server of a bind.
///
/// ```
/// use sea_orm_routing::config::{NodeConfig, PoolConfig};
///
/// let slave = NodeConfig::new("slave-2", "postgres://app@10.0.0.3/app").weight(2).pool(PoolConfig::new().max_connections(5));
/// assert_eq!(slave.weight, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeConfig {
    /// `master`, or the slave's own name within its bind.
    pub name: String,
    /// Where it is.
    pub url: DatabaseUrl,
    /// Share of the bind's reads, relative to the other slaves; 0 leaves it to pins. A master's is not used.
    pub weight: u32,
    /// Pool options of this node alone.
    pub pool: PoolConfig,
}

impl NodeConfig {
    /// A node at `url`.
    #[must_use]
    pub fn new(name: impl Into<String>, url: impl Into<DatabaseUrl>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            weight: DEFAULT_WEIGHT,
            pool: PoolConfig::default(),
        }
    }

    /// Share of the bind's reads. With weight 0, the slave is out of the rotation and serves only what names it. Default: 1.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Pool options of this node alone. Default: those of its bind.
    #[must_use]
    pub fn pool(mut self, pool: PoolConfig) -> Self {
        self.pool = pool;
        self
    }
}
