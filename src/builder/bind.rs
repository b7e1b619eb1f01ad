#[cfg(feature = "testing")]
use std::sync::Arc;

use sea_orm::DatabaseConnection;

#[cfg(feature = "testing")]
use crate::node::Opener;
use crate::{
    config::{Balance, BindConfig, FailoverConfig, MASTER_NODE, NodeConfig, ReadsConfig},
    connect::{OpenBind, OpenNode},
    session::Consistency,
};

/// A bind over connections that exist. See [`RoutingDatabaseBuilder::bind`](super::RoutingDatabaseBuilder::bind).
///
/// ```
/// use sea_orm::{DbBackend, MockDatabase};
/// use sea_orm_routing::{BindBuilder, Consistency};
///
/// let mock = || MockDatabase::new(DbBackend::Postgres).into_connection();
/// let reports = BindBuilder::new("reports", mock())
///     .slave("slave-1", mock())
///     .weighted_slave("slave-2", mock(), 2) // twice the reads of `slave-1`
///     .tables(["report_*"])
///     .consistency(Consistency::Bounded);
/// # let _ = reports;
/// ```
#[doc(alias = "shard")]
#[derive(Clone, Debug)]
pub struct BindBuilder {
    /// The bind as if it had been configured, without addresses.
    pub(super) config: BindConfig,
    pub(super) master: DatabaseConnection,
    /// In the order of the configured ones.
    pub(super) slaves: Vec<DatabaseConnection>,
    /// What has opened the nodes, the master first, if their servers are played.
    #[cfg(feature = "testing")]
    openers: Vec<Arc<dyn Opener>>,
}

impl BindBuilder {
    /// A bind whose writes go to `master` (the *primary*).
    #[doc(alias = "primary")]
    #[must_use]
    pub fn new(name: impl Into<String>, master: DatabaseConnection) -> Self {
        Self {
            config: BindConfig::new(name, ""),
            master,
            slaves: Vec::new(),
            #[cfg(feature = "testing")]
            openers: Vec::new(),
        }
    }

    /// Adds a slave (*replica*) that takes its share of the reads. Default: none, and the master serves the reads.
    #[doc(alias = "read_replica")]
    #[doc(alias = "replica")]
    #[must_use]
    pub fn slave(self, name: impl Into<String>, slave: DatabaseConnection) -> Self {
        self.weighted_slave(name, slave, 1)
    }

    /// Adds a slave whose share of the reads is `weight`, where others have 1. Weight 0 keeps the slave out of the rotation.
    #[must_use]
    pub fn weighted_slave(
        mut self,
        name: impl Into<String>,
        connection: DatabaseConnection,
        weight: u32,
    ) -> Self {
        let slave = NodeConfig::new(name, "").weight(weight);
        self.config.slaves.push(slave);
        self.slaves.push(connection);
        self
    }

    /// Adds tables that have no entity, as names or patterns with `*` and `?`. Default: none.
    #[must_use]
    pub fn tables(mut self, tables: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.config = self.config.tables(tables);
        self
    }

    /// How reads are split over the slaves. Default: as the builder of the database says.
    #[doc(alias = "load_balancing")]
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.config.reads.balance = Some(balance);
        self
    }

    /// What a read from the bind's slaves may miss. Default: as the builder of the database says.
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.config.reads.consistency = Some(consistency);
        self
    }

    /// Who is the bind's master, and how long writes wait for one. Default: as the builder of the database says.
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.config = self.config.failover(failover);
        self
    }

    /// What reads from the bind's slaves promise. What was set before stays where these options say nothing. Default: as the builder
    /// of the database says.
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.config = self.config.reads(reads);
        self
    }

    /// The last node is one of a server that is played: said of each of them, or none.
    #[cfg(feature = "testing")]
    pub(crate) fn opened_by(mut self, opener: Arc<dyn Opener>) -> Self {
        self.openers.push(opener);
        self
    }

    /// The same connections, ready to run.
    pub(super) fn open(&self) -> OpenBind {
        let master = OpenNode::given(MASTER_NODE, 1, self.master.clone());
        let mut open = OpenBind::new(&self.config.name, self.played(0, master));
        let slaves = self.config.slaves.iter().zip(&self.slaves);
        for (index, (slave, connection)) in slaves.enumerate() {
            let slave = OpenNode::given(&slave.name, slave.weight, connection.clone());
            open.slaves.push(self.played(index + 1, slave));
        }
        open
    }

    #[cfg(feature = "testing")]
    fn played(&self, index: usize, node: OpenNode) -> OpenNode {
        match self.openers.get(index) {
            Some(opener) => OpenNode {
                opener: opener.clone(),
                ..node
            },
            None => node,
        }
    }

    #[cfg(not(feature = "testing"))]
    fn played(&self, _: usize, node: OpenNode) -> OpenNode {
        node
    }
}
