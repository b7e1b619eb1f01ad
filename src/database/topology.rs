use super::RoutingDatabase;
use crate::{
    config::{BindConfig, BindsConfig, NodeConfig},
    error::{ConnectError, RoutingError},
    names::{BindName, some_of},
    reload::{TopologyChange, drain},
};

/// A topology that changes while the application runs.
///
/// Each change is made to the configuration that the database was connected with. The change is checked as a file is, and published
/// at once: a statement sees the topology before the change or after it. A bind that was made from connections in code can't
/// be changed, nor can a database that was closed: [`RoutingError::Closed`].
///
/// ```
/// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm_routing::ConnectError> {
/// use sea_orm_routing::config::{BindConfig, NodeConfig};
///
/// db.add_slave("default", NodeConfig::new("slave-3", "postgres://app@10.0.0.4/app")).await?;
/// db.set_weight("default", "slave-3", 2).await?;
/// db.add_bind(BindConfig::new("tenant-42", "postgres://app@10.0.0.5/tenant_42")).await?;
///
/// db.remove_slave("default", "slave-3").await?; // returns when nothing runs there any more
/// db.remove_bind("tenant-42").await?;
/// # Ok(())
/// # }
/// ```
impl RoutingDatabase {
    /// Replaces the whole configuration, as a changed binds.yaml does. Returns what is different.
    ///
    /// Nodes that were removed are closed in the background, when their work has ended.
    ///
    /// # Errors
    /// [`ConnectError`], and nothing has changed.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), Box<dyn std::error::Error>> {
    /// use sea_orm_routing::BindsConfig;
    ///
    /// for change in db.reload(BindsConfig::from_path("binds.yaml")?).await? {
    ///     println!("{change}"); // slave `default.slave-2` added
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reload(&self, config: BindsConfig) -> Result<Vec<TopologyChange>, ConnectError> {
        let (changes, gone) = self
            .settings
            .change(&self.dispatcher, |old| Ok(config.in_place_of(old)))
            .await?;
        tokio::spawn(drain(gone));
        Ok(changes)
    }

    /// Adds a bind, such as a tenant's. Its servers are connected with the first statement. Idle connections are
    /// closed, so thousands of binds cost little. A SQLite file is opened at once.
    ///
    /// Functions of the new database that are not known from another bind are taken to write.
    ///
    /// # Errors
    /// [`ConnectError::Config`] when there is such a bind or its configuration has problems.
    pub async fn add_bind(&self, bind: BindConfig) -> Result<(), ConnectError> {
        self.settings.add_bind(&self.dispatcher, bind).await
    }

    /// Removes a bind: no statement begins there any more. Waits until the statements that run there have ended, and closes the bind's pools.
    ///
    /// Cancel safe as far as the topology is concerned. If the wait is dropped, the pools are closed when nobody uses
    /// them any more.
    ///
    /// # Errors
    /// [`ConnectError::Routing`] when there is no such bind; [`ConnectError::Config`] when an entity needs it.
    pub async fn remove_bind(&self, name: &str) -> Result<(), ConnectError> {
        self.change(|mut config| {
            bind_of(&mut config, name)?;
            config.binds.retain(|bind| bind.name != name);
            Ok(config)
        })
        .await
    }

    /// Adds a slave (*replica*) to a bind. The slave serves reads as soon as it is known to be close enough behind its master.
    ///
    /// # Errors
    /// [`ConnectError`] when there is no such bind or the slave's configuration has problems.
    #[doc(alias = "read_replica")]
    #[doc(alias = "add_replica")]
    pub async fn add_slave(&self, bind: &str, slave: NodeConfig) -> Result<(), ConnectError> {
        self.change(|mut config| {
            bind_of(&mut config, bind)?.slaves.push(slave);
            Ok(config)
        })
        .await
    }

    /// Removes a slave: no statement begins there any more. Waits until statements, streams and transactions there
    /// have ended, and closes its pool.
    ///
    /// Cancel safe as [`remove_bind`](Self::remove_bind).
    ///
    /// # Errors
    /// [`ConnectError::Routing`] when the bind has no such slave.
    #[doc(alias = "remove_replica")]
    pub async fn remove_slave(&self, bind: &str, slave: &str) -> Result<(), ConnectError> {
        self.change(|mut config| {
            slave_of(&mut config, bind, slave)?;
            let bind = bind_of(&mut config, bind)?;
            bind.slaves.retain(|other| other.name != slave);
            Ok(config)
        })
        .await
    }

    /// Gives a slave another share of its bind's reads. A slave of weight 0 serves only bind keys and handles that name it.
    ///
    /// # Errors
    /// [`ConnectError::Routing`] when the bind has no such slave.
    pub async fn set_weight(
        &self,
        bind: &str,
        slave: &str,
        weight: u32,
    ) -> Result<(), ConnectError> {
        self.change(|mut config| {
            slave_of(&mut config, bind, slave)?.weight = weight;
            Ok(config)
        })
        .await
    }

    async fn change(
        &self,
        change: impl FnOnce(BindsConfig) -> Result<BindsConfig, ConnectError>,
    ) -> Result<(), ConnectError> {
        let change = |config: &BindsConfig| change(config.clone());
        let (_, gone) = self.settings.change(&self.dispatcher, change).await?;
        Ok(drain(gone).await.map_err(RoutingError::closing)?)
    }
}

fn bind_of<'c>(
    config: &'c mut BindsConfig,
    name: &str,
) -> Result<&'c mut BindConfig, RoutingError> {
    let names: Vec<_> = config
        .binds
        .iter()
        .map(|bind| BindName::from(bind.name.as_str()))
        .collect();
    let known = some_of(&names).map(BindName::to_string).collect();
    let found = config.binds.iter_mut().find(|bind| bind.name == name);
    found.ok_or(RoutingError::UnknownKey {
        key: name.to_owned(),
        known,
    })
}

fn slave_of<'c>(
    config: &'c mut BindsConfig,
    bind: &str,
    name: &str,
) -> Result<&'c mut NodeConfig, RoutingError> {
    let config = bind_of(config, bind)?;
    let known = config.slaves.iter();
    let known = known
        .map(|slave| format!("{bind}.{}", slave.name))
        .collect();
    let found = config.slaves.iter_mut().find(|slave| slave.name == name);
    found.ok_or_else(|| RoutingError::UnknownKey {
        key: format!("{bind}.{name}"),
        known,
    })
}
