#![cfg_attr(docsrs, feature(doc_cfg))]
// With all features, as `.ci/run` has them, clippy tells what nothing uses.
#![cfg_attr(
    not(all(
        feature = "metrics",
        feature = "sqlx-all",
        feature = "stream",
        feature = "tracing-spans"
    )),
    allow(
        dead_code,
        unused_imports,
        unused_mut,
        unused_variables,
        reason = "each feature uses its part"
    )
)]

//! One handle that routes: a SeaORM application swaps its `DatabaseConnection` for a [`RoutingDatabase`], and each
//! statement finds its database. Writes go to the master (*primary*), and reads are split over its slaves (*replicas*).
//!
//! A *bind* is a logical database: one master and its slaves, under one name. A *node* is one of these servers. A *session* is a task,
//! request or job, which reads its own writes. [The guide](guide) begins with [getting started](guide::getting_started).
//!
//! ```
//! use sea_orm::{ActiveValue::Set, entity::prelude::*};
//! use sea_orm_routing::RoutingDatabase;
//!
//! mod report {
//!     use sea_orm::entity::prelude::*;
//!     use sea_orm_routing::BindKey;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
//!     #[sea_orm(table_name = "report")]
//!     #[bind_key = "reports"]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         pub title: String,
//!     }
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let file = |name: &str| format!("sqlite://{}/{name}.db", directory.path().display());
//! # let path = directory.path().join("binds.yaml");
//! # std::fs::write(&path, format!("binds:\n  default:\n    master: {0}?mode=rwc\n    slaves:\n      slave-1: {0}\n  reports:\n    master: {1}?mode=rwc\n    slaves:\n      slave-1: {1}\n", file("app"), file("reports")))?;
//! let db = RoutingDatabase::connect(path).await?;
//! # db.get_schema_builder().register(report::Entity).apply(&db).await?;
//!
//! // To the master of bind `reports`, as the entity says.
//! let report = report::ActiveModel { title: Set("Weekly".to_owned()), ..Default::default() };
//! report.insert(&db).await?;
//!
//! // To one of its slaves.
//! assert_eq!(report::Entity::find().all(&db).await?.len(), 1);
//!
//! let status = db.status();
//! assert_eq!(status.node("reports", "slave-1").map(|node| node.reads), Some(1));
//! # Ok(())
//! # }
//! ```
//!
//! # The route of a statement
//!
//! 1. SeaORM's trait method is called on a handle.
//! 2. The SQL text gives the class: read or write, and the tables that the text names. The class is memoised.
//! 3. The class gives the bind: what the handle fixes, else the open transaction's bind, else the entity's bind key, else a table listed
//!    in binds.yaml, else `default`. (A [`rule`] or a [`scope`](RoutingDatabase::scope) has a place in that order, too.)
//! 4. The bind gives the node: a slave for a proven read, the master for all else.
//! 5. The statement runs on that node's `DatabaseConnection`.
//!
//! [`RoutingDatabase::route`] tells the route of a statement without running the statement. Each statement that runs writes its route
//! as one `tracing` event at debug level: bind, node, role, access, reason, and never a value.
//!
//! # Promises
//!
//! - Only what is proven to be a read leaves the master: see [`classify`].
//! - A statement has one bind. Tables of two binds are an error that names them, before anything is sent.
//! - By default a read sees what its session has written, also where slaves lag (*read-your-writes*). The session is the tokio task, or
//!   that of [`RoutingDatabase::session`]. [`Consistency`] says what a read may miss of other sessions; see
//!   [the guide](guide::consistency).
//! - A transaction runs on the master. A transaction that was begun read-only may run on a slave, which it leaves only for what a slave
//!   can't do ([the guide](guide::transactions)).
//! - Nothing is sent twice but reads. A read that its slave refused as a write runs on the master, once and from then on. A read that
//!   its slave answered with an error runs on the master once. A read whose node failed before its first row runs on another node.
//!   [The guide](guide::reliability) says what becomes of statements when servers fail.
//! - Slave sessions that this crate opens are read-only by the server's own means, whatever their URL points at.
//! - Driver errors pass unchanged; ours are typed: [`RoutingError`], [`ConfigError`], [`ConnectError`].
//! - No password reaches an error, a log line or a `Debug` output.
//!
//! # Features
//!
//! All features but `axum`, `carrier`, `metrics`, `testing`, `tower` and `watch` are SeaORM's own of the same name, passed through. A binds.yaml
//! needs the driver of each of its URLs.
//!
//! | feature | what it adds here |
//! |---|---|
//! | `stream` (default) | `StreamTrait` for the handle and its transactions |
//! | `sqlx-postgres`, `sqlx-mysql`, `sqlx-sqlite`, `sqlx-all` | nodes of that kind in binds.yaml, `get_…_connection_pool`, and knowing a refusal when a slave raises it |
//! | `runtime-tokio`, `runtime-tokio-rustls`, `runtime-tokio-native-tls` | nothing |
//! | `rbac` | module `rbac`, [`RoutingDatabase`]`::load_rbac` and `::restricted_for` |
//! | `schema-sync` | [`schema::RoutingSchemaBuilder`]`::sync` and `::sync_plan` |
//! | `entity-registry` | [`RoutingDatabase`]`::get_schema_registry` |
//! | `mock` | [`RoutingDatabase`]`::into_transaction_log` and `::as_mock_connection` |
//! | `axum` | module `page`: a page that shows the nodes, and answers for probes |
//! | `carrier` | module `carrier`: a session per request for any framework, whose token is in cookies or a header |
//! | `metrics` | module `telemetry`: what statements and nodes do, for the recorder of the crate `metrics` |
//! | `tracing-spans` | a span for each routed statement, with OpenTelemetry's stable names and the route, around SeaORM's own. Turn it on here: this crate does not see the feature of `sea-orm` alone |
//! | `sqlite-use-returning-for-3_35`, `mariadb-use-returning` | nothing |
//! | `testing` | module `testing`, for tests: what served a piece of work, and slaves on SQLite that lag and fail as a test says. Brings `sqlx-sqlite` |
//! | `tower` | module `tower`: a layer that makes each request a session, whose token is in a cookie or header |
//! | `watch` | [`RoutingDatabaseBuilder`]`::watch`: changes of binds.yaml are followed. Off by default, as it brings a watcher of files; [`RoutingDatabase::reload`] needs no feature |

// Imports go one way: adapter, page, testing, tower → carrier, rbac, schema, two_phase → distributed → transaction → builder → database → reload →
// connect, dispatch → catalogue, monitor, recording, telemetry → route, rule, status → bind, node → credentials → error → config → coordinator, modification, session, shard →
// tables, tally → classify, closure, driver, engine, events, freshness, names, observe.

mod adapter;
mod bind;
mod builder;
#[cfg(feature = "carrier")]
pub mod carrier;
mod catalogue;
pub mod classify;
mod closure;
pub mod config;
mod connect;
mod coordinator;
pub mod credentials;
mod database;
mod dispatch;
mod distributed;
mod driver;
#[cfg(feature = "rbac")]
mod engine;
mod error;
pub mod events;
mod freshness;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod modification;
mod monitor;
mod names;
mod node;
mod observe;
#[cfg(feature = "axum")]
pub mod page;
#[cfg(feature = "rbac")]
pub mod rbac;
pub mod recording;
mod reload;
pub mod route;
pub mod rule;
pub mod schema;
mod session;
pub mod shard;
pub mod status;
mod tables;
mod tally;
#[cfg(feature = "metrics")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod transaction;
pub mod two_phase;

#[cfg(feature = "stream")]
pub use adapter::{RoutingStream, RoutingTransactionStream};
pub use bind::BindKey;
pub use builder::{BindBuilder, RoutingDatabaseBuilder};
pub use config::{Balance, BindsConfig, ConfigError, DEFAULT_BIND, MASTER_NODE};
pub use database::RoutingDatabase;
pub use distributed::{Atomicity, DistributedTransaction};
pub use error::{ConnectError, RoutingError};
pub use names::{BindName, NodeName};
pub use node::Role;
pub use reload::TopologyChange;
pub use route::Route;
pub use sea_orm_routing_macros::BindKey;
pub use session::Consistency;
pub use status::Status;
pub use transaction::RoutingTransaction;

/// What `#[derive(BindKey)]` expands to, and what this crate's own bench and fuzz target look into; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::{
        bind::Registration,
        classify::{key::key, memo::Memo},
    };
}

/// The code of the README compiles, in both languages.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../README.zh-CN.md")]
struct Readme;
