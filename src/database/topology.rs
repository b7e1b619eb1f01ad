use super::RoutingDatabase;
use crate::{
    config::{BindConfig, BindsConfig, NodeConfig},
    error::{ConnectError, RoutingError},
    names::{BindName, some_of},
    reload::{TopologyChange, drain},
};

/// A topology that changes while the application runs.
///
/// Each change is made to the configuration that the database was connected with, checked as a file is, and published
/// at once: a statement sees the topology before it or after it. A bind that was made from connections in code can't
/// be changed, nor can a database that was closed: [`RoutingError::Closed`].
impl RoutingDatabase {
    /// Replaces the whole configuration, as a changed binds.yaml does. Returns what is different.
    ///
    /// What has been removed is closed when its work has ended, in the background.
    ///
    /// # Errors
    /// [`ConnectError`], and nothing has changed.
    pub async fn reload(&self, config: BindsConfig) -> Result<Vec<TopologyChange>, ConnectError> {
        let (changes, gone) = self
            .settings
            .change(&self.dispatcher, |old| Ok(config.in_place_of(old)))
            .await?;
        tokio::spawn(drain(gone));
        Ok(changes)
    }

    /// Adds a bind, such as a tenant's. Its servers are connected with the first statement, and idle connections are
    /// closed, so that thousands cost little. A SQLite file is opened at once.
    ///
    /// Functions of the new database that are not known from another bind are taken to write.
    ///
    /// # Errors
    /// [`ConnectError::Config`] when there is such a bind or its configuration has problems.
    pub async fn add_bind(&self, bind: BindConfig) -> Result<(), ConnectError> {
        self.settings.add_bind(&self.dispatcher, bind).await
    }

    /// Removes a bind: no statement begins there any more. Waits until those that run have ended, and closes its pools.
    ///
    /// Cancel safe as far as the topology is concerned; the pools of a wait that was dropped are closed when nobody uses
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

    /// Adds a slave to a bind. It serves reads as soon as it is known to be close enough behind its master.
    ///
    /// # Errors
    /// [`ConnectError`] when there is no such bind or the slave's configuration has problems.
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

    /// Gives a slave another share of its bind's reads; 0 leaves it to bind keys and handles that name it.
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
