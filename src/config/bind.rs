use std::time::Duration;

use super::{
    Balance, DatabaseUrl, FailoverConfig, IdleConfig, NodeConfig, PoolConfig, ReadsConfig,
    RoutingConfig, Within,
};

/// Name of the bind that serves entities without a bind key.
pub const DEFAULT_BIND: &str = "default";

/// Name of every bind's master.
pub const MASTER_NODE: &str = "master";

/// What stands for the shard's name in the URLs of a template.
pub(super) const TEMPLATE_KEY: &str = "{key}";

/// One bind: a named logical database with one master (*primary*) and zero or more slaves (*replicas*).
///
/// ```
/// use sea_orm_routing::config::{BindConfig, NodeConfig};
///
/// let bind = BindConfig::new("archive", "mysql://app@10.0.0.5/archive")
///     .slave(NodeConfig::new("slave-1", "mysql://app@10.0.0.6/archive"))
///     .tables(["audit_log", "legacy_*"]);
/// assert_eq!(bind.slaves.len(), 1);
/// ```
#[doc(alias = "shard")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindConfig {
    /// What bind keys call it; `default` serves entities without a bind key.
    pub name: String,
    /// Takes the writes, and the reads that no slave may serve.
    pub master: NodeConfig,
    /// Take the reads.
    pub slaves: Vec<NodeConfig>,
    /// Tables without an entity that live here; `*` and `?` stand for any text and any character.
    pub tables: Vec<String>,
    /// Pool options of all its nodes; each may override them.
    pub pool: PoolConfig,
    /// What reads from its slaves promise, where not as [`RoutingConfig`](super::RoutingConfig) says.
    pub reads: ReadsConfig,
    /// Who is its master, where not as [`RoutingConfig`](super::RoutingConfig) says.
    pub failover: FailoverConfig,
    /// What becomes of it while nobody uses it, where not as [`RoutingConfig`](super::RoutingConfig) says.
    pub idle: IdleConfig,
    /// On whose servers it is, if it has none of its own.
    pub within: Option<Within>,
    /// PostgreSQL: settings that get the values of their names of the scope of each statement.
    pub settings_from_scope: Vec<String>,
}

impl BindConfig {
    /// A bind whose master is at `master_url`, without slaves.
    #[must_use]
    pub fn new(name: impl Into<String>, master_url: impl Into<DatabaseUrl>) -> Self {
        Self {
            name: name.into(),
            master: NodeConfig::new(MASTER_NODE, master_url),
            slaves: Vec::new(),
            tables: Vec::new(),
            pool: PoolConfig::default(),
            reads: ReadsConfig::default(),
            failover: FailoverConfig::default(),
            idle: IdleConfig::default(),
            within: None,
            settings_from_scope: Vec::new(),
        }
    }

    /// A bind on the servers of another one, over the same pools, in a schema or database of its own.
    ///
    /// ```
    /// use sea_orm_routing::{
    ///     BindsConfig,
    ///     config::{BindConfig, Within},
    /// };
    ///
    /// let config = BindsConfig::new()
    ///     .bind(BindConfig::new("default", "postgres://app@db/app"))
    ///     .bind(BindConfig::within("acme", Within::schema("default", "acme")))
    ///     .template(BindConfig::within("tenants", Within::schema("default", "tenant_{key}")));
    /// config.validate()?;
    /// # Ok::<(), sea_orm_routing::ConfigError>(())
    /// ```
    #[must_use]
    pub fn within(name: impl Into<String>, within: Within) -> Self {
        Self {
            within: Some(within),
            ..Self::new(name, "")
        }
    }

    /// PostgreSQL: settings, such as `app.tenant`, that get the value of that name of the scope
    /// ([`with_value`](crate::RoutingDatabase::with_value)) of each statement and transaction, for policies of row-level
    /// security. Default: none.
    #[must_use]
    pub fn settings_from_scope(
        mut self,
        settings: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.settings_from_scope
            .extend(settings.into_iter().map(Into::into));
        self
    }

    /// Adds a slave (*replica*). Default: none, and the master serves the reads too.
    #[doc(alias = "read_replica")]
    #[doc(alias = "replica")]
    #[must_use]
    pub fn slave(mut self, slave: NodeConfig) -> Self {
        self.slaves.push(slave);
        self
    }

    /// Adds tables that have no entity, as names or patterns with `*` and `?`. Default: none.
    #[must_use]
    pub fn tables(mut self, tables: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tables.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Pool options of all nodes of this bind. Default: those of the whole configuration.
    #[must_use]
    pub fn pool(mut self, pool: PoolConfig) -> Self {
        self.pool = pool;
        self
    }

    /// How reads are split over the slaves of this bind. Default: as in the routing options.
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.reads.balance = Some(balance);
        self
    }

    /// What reads from the slaves of this bind promise. What was set before stays where these options say nothing.
    /// Default: as in the routing options.
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.reads = reads.or(&self.reads);
        self
    }

    /// Who is the master of this bind. Default: as in the routing options.
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.failover = failover.or(&self.failover);
        self
    }

    /// What becomes of this bind while nobody uses it. Default: as in the routing options.
    #[must_use]
    pub fn idle(mut self, idle: IdleConfig) -> Self {
        self.idle = idle.or(&self.idle);
        self
    }

    /// How long this bind is idle before its connections are closed; its next statement opens them again. Default: as in the
    /// routing options.
    #[must_use]
    pub fn close_idle(mut self, after: Duration) -> Self {
        self.idle.close_idle = Some(after);
        self
    }

    /// The routing options that it has itself.
    pub(crate) fn routing(&self) -> RoutingConfig {
        RoutingConfig::new()
            .reads(self.reads.clone())
            .failover(self.failover.clone())
            .idle(self.idle.clone())
    }

    /// The bind of one shard that is made of this template.
    pub(crate) fn made_for(&self, bind: &str, shard: &str) -> Self {
        let made = |node: &NodeConfig| NodeConfig {
            url: node.url.expose().replace(TEMPLATE_KEY, shard).into(),
            ..node.clone()
        };
        Self {
            name: bind.to_owned(),
            master: made(&self.master),
            slaves: self.slaves.iter().map(made).collect(),
            within: self.within.as_ref().map(|within| within.made_for(shard)),
            ..self.clone()
        }
    }

    /// The master, then the slaves.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &NodeConfig> {
        std::iter::once(&self.master).chain(&self.slaves)
    }
}
