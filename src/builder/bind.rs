use std::sync::Arc;

use sea_orm::DatabaseConnection;

use crate::{
    config::{Balance, FailoverConfig, NodeConfig, ReadsConfig},
    node::Opener,
    session::Consistency,
};

/// A bind over connections that exist; see [`RoutingDatabaseBuilder::bind`](super::RoutingDatabaseBuilder::bind).
#[derive(Clone, Debug)]
pub struct BindBuilder {
    pub(super) name: String,
    pub(super) master: DatabaseConnection,
    pub(super) slaves: Vec<SlaveBuilder>,
    pub(super) tables: Vec<String>,
    pub(in crate::builder) balance: Option<Balance>,
    pub(in crate::builder) reads: ReadsConfig,
    pub(in crate::builder) failover: FailoverConfig,
    pub(in crate::builder) opener: Option<Arc<dyn Opener>>,
}

#[derive(Clone, Debug)]
pub(super) struct SlaveBuilder {
    pub(super) name: String,
    pub(super) weight: u32,
    pub(super) connection: DatabaseConnection,
    pub(super) opener: Option<Arc<dyn Opener>>,
}

impl BindBuilder {
    /// A bind whose writes go to `master`.
    #[must_use]
    pub fn new(name: impl Into<String>, master: DatabaseConnection) -> Self {
        Self {
            name: name.into(),
            master,
            slaves: Vec::new(),
            tables: Vec::new(),
            balance: None,
            reads: ReadsConfig::default(),
            failover: FailoverConfig::default(),
            opener: None,
        }
    }

    /// Adds a slave that takes its share of the reads. Default: none, and the master serves them.
    #[must_use]
    pub fn slave(self, name: impl Into<String>, slave: DatabaseConnection) -> Self {
        self.weighted_slave(name, slave, 1)
    }

    /// Adds a slave with another share of the reads than 1; 0 keeps it out of the rotation.
    #[must_use]
    pub fn weighted_slave(
        mut self,
        name: impl Into<String>,
        connection: DatabaseConnection,
        weight: u32,
    ) -> Self {
        self.slaves.push(SlaveBuilder {
            name: name.into(),
            weight,
            connection,
            opener: None,
        });
        self
    }

    pub(super) fn opened_slave(
        self,
        slave: &NodeConfig,
        connection: DatabaseConnection,
        opener: Arc<dyn Opener>,
    ) -> Self {
        let mut bind = self.weighted_slave(&slave.name, connection, slave.weight);
        if let Some(slave) = bind.slaves.last_mut() {
            slave.opener = Some(opener);
        }
        bind
    }

    /// Adds tables that have no entity, as names or patterns with `*` and `?`. Default: none.
    #[must_use]
    pub fn tables(mut self, tables: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tables.extend(tables.into_iter().map(Into::into));
        self
    }

    /// How reads are split over the slaves. Default: as the builder of the database says.
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.balance = Some(balance);
        self
    }

    /// What a read from its slaves may miss. Default: as the builder of the database says.
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.reads.consistency = Some(consistency);
        self
    }

    /// Who is its master. Default: as the builder of the database says.
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.failover = failover;
        self
    }

    /// What reads from its slaves promise, all of it. Default: as the builder of the database says.
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.reads = reads;
        self
    }
}
