use std::sync::Arc;

use super::{Lab, bind::LabBind, clock::StandingClock, directory::Directory};
use crate::{
    builder::RoutingDatabaseBuilder,
    config::{DEFAULT_BIND, FailoverConfig, MASTER_NODE, Roles},
    database::RoutingDatabase,
    error::ConnectError,
};

/// Says which servers a [`Lab`] has.
///
/// ```
/// use sea_orm_routing::testing::{Lab, LabBuilder};
///
/// let builder: LabBuilder = Lab::new().slaves(2).bind("reports", 1);
/// ```
#[derive(Clone, Debug)]
pub struct LabBuilder {
    /// Each bind with the number of its slaves.
    binds: Vec<(String, usize)>,
    database: RoutingDatabaseBuilder,
}

impl LabBuilder {
    pub(super) fn new() -> Self {
        let discover = FailoverConfig::new().roles(Roles::Discover);
        Self {
            binds: vec![(DEFAULT_BIND.to_owned(), 1)],
            database: RoutingDatabase::builder().seed(1).failover(discover),
        }
    }

    /// How many slaves bind `default` has: `slave-1`, `slave-2` and so on. Default: one.
    #[must_use]
    pub fn slaves(self, slaves: usize) -> Self {
        self.bind(DEFAULT_BIND, slaves)
    }

    /// Adds a bind with `slaves` slaves. The lab needs each bind that the key of a linked entity names. Default: `default` alone.
    #[must_use]
    pub fn bind(mut self, name: impl Into<String>, slaves: usize) -> Self {
        let name = name.into();
        self.binds.retain(|(other, _)| *other != name);
        self.binds.push((name, slaves));
        self
    }

    /// Options of the database, as an application sets them. Default: those of binds.yaml, with two differences. The masters are
    /// discovered, and random choices are the same each time.
    #[must_use]
    pub fn database(
        mut self,
        change: impl FnOnce(RoutingDatabaseBuilder) -> RoutingDatabaseBuilder,
    ) -> Self {
        self.database = change(self.database);
        self
    }

    /// Makes the servers, empty, opens the database over them, and waits until it knows what its slaves hold.
    ///
    /// # Errors
    /// As [`RoutingDatabase::connect`]: a bind key that no bind has, a directory for the files that can't be made.
    ///
    /// # Panics
    /// As [`tokio::time::pause`] outside of a runtime of one thread, which is what `#[tokio::test]` gives.
    pub async fn start(self) -> Result<Lab, ConnectError> {
        let clock = StandingClock::new().await;
        let directory = Directory::new().map_err(|source| ConnectError::Directory {
            node: format!("{DEFAULT_BIND}.{MASTER_NODE}"),
            directory: std::env::temp_dir().display().to_string(),
            source: Arc::new(source),
        })?;
        let directory = Arc::new(directory);
        let (mut binds, mut database) = (Vec::new(), self.database);
        for (name, slaves) in &self.binds {
            let bind = LabBind::new(name, *slaves, &directory).await?;
            database = database.bind(bind.builder().await?);
            binds.push(bind);
        }
        let lab = Lab::over(database.build()?, binds, clock, directory);
        lab.caught_up().await;
        Ok(lab)
    }
}
