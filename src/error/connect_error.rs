use std::sync::Arc;

use sea_orm::DbErr;
use thiserror::Error;

use super::RoutingError;
use crate::config::ConfigError;

/// Why a [`RoutingDatabase`](crate::RoutingDatabase) could not be connected.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// binds.yaml, or what a builder was told, has problems: each is listed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A change names a bind or node that there is not, or what it removed could not be closed.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// A node refused or could not be reached: the source is the driver's own error, which the text repeats, as most
    /// programs print no more than the text.
    #[error("node `{node}` can't be connected: {source}")]
    #[non_exhaustive]
    Node {
        /// The bind and node.
        node: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The driver for the node's scheme is a Cargo feature that is off: turn it on.
    #[error("node `{node}` needs feature `{feature}` of sea-orm-routing")]
    #[non_exhaustive]
    Driver {
        /// The bind and node.
        node: String,
        /// The Cargo feature to turn on.
        feature: &'static str,
    },
    /// The directory of a SQLite file can't be created.
    #[error("node `{node}` needs directory `{directory}`: {source}")]
    #[non_exhaustive]
    Directory {
        /// The bind and node.
        node: String,
        /// The directory.
        directory: String,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
}

impl From<ConnectError> for DbErr {
    fn from(error: ConnectError) -> Self {
        match error {
            // The log has the node's name.
            ConnectError::Node { source, .. } => source,
            ConnectError::Routing(error) => error.into(),
            other => Self::TryIntoErr {
                from: "configuration",
                into: "database",
                source: Arc::new(other),
            },
        }
    }
}
