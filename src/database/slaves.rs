use std::time::Duration;

use tokio::time::Instant;

use super::RoutingDatabase;
use crate::{config::YEAR, error::RoutingError, freshness::Moment, names::BindName, node::Node};

/// How often it is looked whether time alone has brought a slave far enough, where nothing can be asked.
const LOOK: Duration = Duration::from_millis(100);

/// Waiting for slaves.
impl RoutingDatabase {
    /// Waits until every slave in rotation, of the handle's bind or of all binds, holds what this process has written, by
    /// whatever session and handle. It also waits for what the tokens name that this process was given.
    ///
    /// No read needs this call: each read already goes where its level's promise holds. The call is for what comes after: a
    /// deployment that shall not begin before a migration has arrived everywhere, a job that reads with `db.slave()`, a
    /// test. What was sent by a connection that was handed out counts as far as it was seen
    /// ([the guide](crate::guide::consistency)).
    ///
    /// Without slaves, or with nothing written, it returns at once. Cancel safe.
    ///
    /// # Errors
    /// [`RoutingError::SlavesBehind`] names the slaves that do not hold it when `timeout` is over, or of which that is not
    /// known: a slave that is down is one of them. These slaves serve no read that needs it meanwhile.
    ///
    /// ```
    /// # use sea_orm_routing::{BindsConfig, RoutingDatabase, config::{BindConfig, NodeConfig}};
    /// use std::time::Duration;
    ///
    /// use sea_orm::ConnectionTrait;
    /// use sea_orm_routing::RoutingError;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = std::env::temp_dir().join(format!("wait-for-slaves-{}", std::process::id()));
    /// # let file = directory.join("app.db");
    /// # let bind = BindConfig::new("default", format!("sqlite://{}?mode=rwc", file.display()))
    /// #     .slave(NodeConfig::new("slave-1", format!("sqlite://{}?mode=ro", file.display())));
    /// # let reports = BindConfig::new("reports", "sqlite::memory:");
    /// # let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind).bind(reports)).await?;
    /// db.execute_unprepared("CREATE TABLE cake (name text)").await?;
    /// match db.wait_for_slaves(Duration::from_secs(30)).await {
    ///     Ok(()) => println!("every slave has the table"),
    ///     Err(RoutingError::SlavesBehind { slaves, .. }) => println!("not yet: {slaves:?}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # assert!(db.wait_for_slaves(Duration::ZERO).await.is_ok());
    /// # db.close().await?;
    /// # std::fs::remove_dir_all(directory)?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "wait_for_replication")]
    pub async fn wait_for_slaves(&self, timeout: Duration) -> Result<(), RoutingError> {
        let deadline = Instant::now() + timeout.min(YEAR);
        let topology = self.dispatcher.topology();
        let is_meant = |name: &BindName| self.scope.bind.as_ref().is_none_or(|bind| bind == name);
        let binds: Vec<_> = topology
            .binds()
            .filter(|bind| is_meant(&bind.name))
            .collect();
        let now = Moment::now();
        // What may be written unseen is demanded of sessions in advance.
        let needed = binds
            .iter()
            .map(|bind| bind.replication.memory.newest().min(now));
        let needed: Vec<_> = needed.collect();
        let mut behind = Vec::new();
        for (bind, needed) in binds.iter().zip(needed) {
            let is_there = || self.behind(&bind.name, needed).is_empty();
            while !is_there() && Instant::now() < deadline {
                self.dispatcher.watch(bind);
                let look = deadline.min(Instant::now() + LOOK);
                bind.replication.pulse.until(look, is_there).await;
            }
            behind.extend(self.behind(&bind.name, needed));
        }
        match behind.is_empty() {
            true => Ok(()),
            false => Err(RoutingError::SlavesBehind { slaves: behind }),
        }
    }

    /// The slaves in rotation that are not known to hold everything up to `needed`.
    fn behind(&self, bind: &BindName, needed: Moment) -> Vec<String> {
        let now = Moment::now();
        let holds = |slave: &Node| {
            needed == Moment::FIRST
                || !slave.health.is_down() && slave.freshness.is_after(needed, now)
        };
        let topology = self.dispatcher.topology();
        let slaves = topology
            .bind(bind)
            .into_iter()
            .flat_map(|bind| &bind.slaves);
        let behind = slaves.filter(|slave| slave.weight > 0 && !holds(slave));
        behind.map(|slave| slave.key()).collect()
    }
}
