use std::time::Duration;

use log::LevelFilter;

use super::{
    lifetime::Lifetime,
    options::{options, words},
};

options! {
    /// Options of connection pools. An option that is `None` comes from the next wider level: node, bind, whole file.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sea_orm_routing::config::PoolConfig;
    ///
    /// let pool = PoolConfig::new().max_connections(20).acquire_timeout(Duration::from_secs(5));
    /// assert_eq!(pool.max_connections, Some(20));
    /// ```
    pub struct PoolConfig, in force PoolOptions, at File | Bind | Node;

    /// Most connections that a pool opens.
    max_connections: u32, check connections, unset "10, and for SQLite one that writes and 4 of each slave";
    /// Connections that a pool keeps open even when idle.
    min_connections: u32, check sixteen_bits, unset "none";
    /// How long a statement waits for a free connection, opening one included.
    acquire_timeout: Duration, check patience, unset "3 s for a master, 1 s for a slave, 30 s for a SQLite master";
    /// The same limit as `acquire_timeout` under SeaORM's other name: the driver has one for both, and the shorter counts.
    connect_timeout: Duration, check patience, unset "as `acquire_timeout`";
    /// How long a connection may be idle before it is closed; with `none` it stays open.
    idle_timeout: Lifetime, check lifetime, unset "10 minutes";
    /// How long a connection may live before it is replaced; with `none` it is not.
    max_lifetime: Lifetime, check lifetime, unset "30 minutes";
    // Asking each time would cost a round trip per statement, and a pool at work is never idle for that long: ten
    // connections in turn, half a millisecond each.
    /// How long a connection to a server may be idle and still be used without a ping. A ping costs a round trip.
    ping_after_idle: Duration, check year, default "5ms";
    /// Level at which the driver logs statements.
    statement_log: LevelFilter, unset "no log";
    /// Schemas in which PostgreSQL looks up unqualified names: a list of names, each of which may stand in double quotes.
    schema_search_path: String, check search_path, only Postgres, unset "as the server says";
    /// Name under which PostgreSQL lists the connections.
    application_name: String, check unended, only Postgres, unset "none";
    /// How long PostgreSQL lets a statement run.
    statement_timeout: Duration, check statement_timeout, only Postgres, unset "as the server says";
    /// What a pooler between the pool and its server gives a client: a server session of its own, or one for each transaction.
    pooler: Pooler, unset "as `session`; a PostgreSQL pooler that tells nothing of sessions is noticed, and is treated as `transaction`, except that statements stay prepared";
}

/// How long a client of a pooler has a session of the server to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pooler {
    /// A client has a session of the server as long as it is connected, as without a pooler (`session` in YAML). Settings of sessions hold.
    Session,
    /// A client has a session of the server for one transaction (`transaction` in YAML). Nothing is set on a session. On PostgreSQL no
    /// statement is prepared by name, unless the address has `statement-cache-capacity`.
    Transaction,
}

words! { Pooler { Session = "session", Transaction = "transaction" } }
