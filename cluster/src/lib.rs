//! Real replication on loopback: PostgreSQL with streaming slaves, MariaDB and MySQL with GTID slaves.
//!
//! The servers' packages are needed (`tests/install`); without them a start fails, it never skips.
//!
//! ```text
//! let cluster = PostgresCluster::start(2).await?;
//! let (master, slave) = (cluster.master(), cluster.slave(1));
//! slave.pause_replay().await?; //                     from here on the slave is stale
//! let db = Database::connect(slave.url()).await?; //  database `app`, whose user may not write on a slave
//! slave.set_network(Network::BlackHole).await; //     cuts `slave.proxied_url()`, not `slave.url()`
//! slave.kill().await?;
//! ```
//!
//! What applications have between them and their servers is here too: [`PgBouncer`], [`HaProxy`], [`PgPool`].
//!
//! `TEST_CLUSTER_PROGRAMS` names directories, as `PATH` does, whose servers are taken instead of the installed ones: with
//! `/opt/sea-orm-routing/postgresql-18/usr/lib/postgresql/18/bin` all PostgreSQL clusters of a run are of 18
//! (`tests/newer` does that).
//!
//! A cluster lives in a temporary directory. Every server process has its working directory in there, by which a
//! watchdog finds and kills it when the cluster is dropped, and also when the test process itself was killed.

mod account;
mod admin;
mod error;
mod fresh_database;
mod front;
mod general_log;
mod haproxy;
mod mariadb;
mod mysql;
mod mysql_family;
mod node;
mod on_servers;
mod pgbouncer;
mod pgpool;
mod port;
mod postgres;
mod process;
mod program;
mod proxy;
mod sandbox;
mod server;
mod sessions;
mod statement_log;
mod topology;
mod upstream;
mod wait;

pub use admin::Admin;
pub use error::ClusterError;
pub use fresh_database::FreshDatabase;
pub use haproxy::HaProxy;
pub use mariadb::{MariaDb, MariaDbWords};
pub use mysql::{MySql, MySqlWords};
pub use mysql_family::{MySqlFamily, Template, Words};
pub use node::Node;
pub use pgbouncer::{PgBouncer, PoolMode, Release};
pub use pgpool::PgPool;
pub use port::free as free_port;
pub use postgres::Postgres;
pub use process::living_in;
pub use program::Program;
pub use proxy::{Network, Proxy};
pub use sandbox::Sandbox;
pub use server::{Server, User};
pub use sessions::{FULL, Sessions};
pub use statement_log::{LoggedStatement, StatementLog};
pub use topology::Cluster;
pub use wait::until;

/// PostgreSQL, streaming replication.
pub type PostgresCluster = Cluster<Postgres>;
/// MariaDB, GTID replication.
pub type MariaDbCluster = Cluster<MariaDb>;
/// MySQL, GTID replication.
pub type MySqlCluster = Cluster<MySql>;
