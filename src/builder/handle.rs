use std::path::Path;

use sea_orm::DatabaseConnection;

use super::RoutingDatabaseBuilder;
use crate::{config::BindsConfig, database::RoutingDatabase, error::ConnectError};

/// Where a handle comes from.
impl RoutingDatabase {
    /// Connects to every node of a binds.yaml.
    ///
    /// The master of each bind is opened before its slaves. Pools are opened at once, so that a wrong address
    /// shows here and not in the first request.
    ///
    /// # Errors
    /// [`ConnectError::Config`] lists every problem of the file; [`ConnectError::Node`] names the node that
    /// could not be reached. Both convert to [`DbErr`](sea_orm::DbErr).
    ///
    /// ```
    /// use sea_orm_routing::RoutingDatabase;
    ///
    /// # async fn connect() -> Result<(), sea_orm::DbErr> {
    /// let db = RoutingDatabase::connect("binds.yaml").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(path: impl AsRef<Path>) -> Result<Self, ConnectError> {
        Self::builder().connect(path).await
    }

    /// Connects to every node of a configuration that was built or changed in code.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); problems have no line.
    ///
    /// ```
    /// use sea_orm_routing::{BindsConfig, RoutingDatabase, config::{BindConfig, NodeConfig}};
    ///
    /// # async fn connect() -> Result<(), sea_orm_routing::ConnectError> {
    /// let bind = BindConfig::new("default", "postgres://app@10.0.0.1/app")
    ///     .slave(NodeConfig::new("slave-1", "postgres://app@10.0.0.2/app"));
    /// let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_config(config: BindsConfig) -> Result<Self, ConnectError> {
        Self::builder().from_config(config).await
    }

    /// Builds a handle over connections that exist, such as SeaORM's `MockDatabase`, or over a binds.yaml with changes made in code. See
    /// [`RoutingDatabaseBuilder`].
    pub fn builder() -> RoutingDatabaseBuilder {
        RoutingDatabaseBuilder::new()
    }
}

/// One bind without slaves that takes every statement, bind keys or not: it behaves as the connection did.
impl From<DatabaseConnection> for RoutingDatabase {
    fn from(connection: DatabaseConnection) -> Self {
        RoutingDatabaseBuilder::single(connection)
    }
}

/// A handle whose every statement is an error, as SeaORM's own default connection is.
impl Default for RoutingDatabase {
    fn default() -> Self {
        DatabaseConnection::default().into()
    }
}
