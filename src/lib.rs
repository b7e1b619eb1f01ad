//! stub docs

mod adapter;
mod bind;
mod builder;
pub mod classify;
mod config;
mod database;
mod dispatch;
mod error;
mod node;
mod route;
mod status;
mod transaction;

pub use bind::{BindKey, BindName, BindReason, NodeName};
pub use builder::{BindBuilder, RoutingDatabaseBuilder};
pub use config::{
    Balance, BindConfig, BindsConfig, ConfigError, ConfigProblem, DEFAULT_BIND, DatabaseUrl,
    MASTER_NODE, NodeConfig, PoolConfig, RoutingConfig, Scheme,
};
pub use database::RoutingDatabase;
pub use error::{ConnectError, RoutingError};
pub use node::Role;
pub use route::{NodeReason, Route, RouteReason};
pub use sea_orm_routing_macros::BindKey;
pub use status::{NodeStatus, Status};
pub use transaction::RoutingTransaction;

/// What `#[derive(BindKey)]` expands to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::bind::Registration;
}
