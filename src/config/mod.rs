//! Configuration: `binds.yaml`, or the same built in code, as plain validated types.
//!
//! A file becomes a tree that knows its lines, then a configuration, which is then checked. No step stops at its
//! first problem, so that one [`ConfigError`] reports all of them. What is built in code is only checked.

mod bind;
mod binds;
mod check;
mod database_place;
mod database_url;
mod error;
mod failover;
mod file;
mod functions;
mod idle;
#[cfg(test)]
mod json_schema;
mod key;
mod lifetime;
mod node;
mod options;
mod own_schemas;
mod path;
mod pool;
mod quote;
mod reads;
mod redaction;
mod routing;
mod search_path;
mod within;

#[cfg(test)]
mod tests;

pub use bind::{BindConfig, DEFAULT_BIND, MASTER_NODE};
pub use binds::BindsConfig;
pub(crate) use database_place::{DatabasePlace, TAKEN};
#[cfg(feature = "sqlx-sqlite")]
pub(crate) use database_url::opens_to_read;
pub use database_url::{DatabaseUrl, Scheme};
pub use error::{ConfigError, ConfigProblem};
pub(crate) use failover::Failover;
pub use failover::{FailoverConfig, Roles};
#[cfg(feature = "watch")]
pub(crate) use file::{secret_bytes, secret_files};
pub use functions::FunctionsConfig;
pub(crate) use idle::Idle;
pub use idle::IdleConfig;
pub(crate) use key::{DeclaredKey, key_meaning};
pub use lifetime::Lifetime;
pub use node::NodeConfig;
pub(crate) use options::YEAR;
pub use pool::{PoolConfig, Pooler};
pub(crate) use reads::Reads;
pub use reads::{Balance, FreshnessSource, Hedge, OnNoSlave, ReadsConfig};
pub(crate) use redaction::shown_user;
pub use routing::RoutingConfig;
pub(crate) use search_path::SearchPath;
pub use within::Within;

/// The JSON schema of `binds.yaml`, made from the declaration of its options, by which editors complete and check the file.
pub const JSON_SCHEMA: &str = include_str!("../../schema/binds.schema.json");
