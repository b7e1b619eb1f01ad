use std::time::Duration;

use log::LevelFilter;

/// Options of connection pools. What is `None` comes from the next wider level: node, bind, whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolConfig {
    /// Most connections that a pool opens.
    pub max_connections: Option<u32>,
    /// Connections that a pool keeps open even when idle.
    pub min_connections: Option<u32>,
    /// How long a statement waits for a free connection, opening one included.
    pub acquire_timeout: Option<Duration>,
    /// The same limit under SeaORM's other name: the driver has one for both, and the shorter counts.
    pub connect_timeout: Option<Duration>,
    /// How long a connection may be idle before it is closed.
    pub idle_timeout: Option<Duration>,
    /// How long a connection may live before it is replaced.
    pub max_lifetime: Option<Duration>,
    /// How long a connection may be idle and be used again without a ping.
    pub ping_after_idle: Option<Duration>,
    /// Level at which the driver logs statements.
    pub statement_log: Option<LevelFilter>,
    /// Schemas in which PostgreSQL looks up unqualified names.
    pub schema_search_path: Option<String>,
    /// Name under which PostgreSQL lists the connections.
    pub application_name: Option<String>,
    /// How long PostgreSQL lets a statement run.
    pub statement_timeout: Option<Duration>,
}

impl PoolConfig {
    /// Options that override nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Most connections that a pool opens. Default: as the next wider level says.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = Some(connections);
        self
    }

    /// Connections that a pool keeps open even when idle. Default: as the next wider level says.
    #[must_use]
    pub fn min_connections(mut self, connections: u32) -> Self {
        self.min_connections = Some(connections);
        self
    }

    /// How long a statement waits for a free connection. Default: as the next wider level says.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = Some(timeout);
        self
    }

    /// The same limit as `acquire_timeout`, of which the shorter counts. Default: as the next wider level says.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long a connection may be idle before it is closed. Default: as the next wider level says.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// How long a connection may live before it is replaced. Default: as the next wider level says.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// How long a connection may be idle and be used again without a ping, which costs a round trip. Default: as the next
    /// wider level says, and 30 s if none does.
    #[must_use]
    pub fn ping_after_idle(mut self, idle: Duration) -> Self {
        self.ping_after_idle = Some(idle);
        self
    }

    /// Level at which the driver logs statements. Default: as the next wider level says.
    #[must_use]
    pub fn statement_log(mut self, level: LevelFilter) -> Self {
        self.statement_log = Some(level);
        self
    }

    /// Schemas in which PostgreSQL looks up unqualified names. Default: as the next wider level says.
    #[must_use]
    pub fn schema_search_path(mut self, path: impl Into<String>) -> Self {
        self.schema_search_path = Some(path.into());
        self
    }

    /// Name under which PostgreSQL lists the connections. Default: as the next wider level says.
    #[must_use]
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = Some(name.into());
        self
    }

    /// How long PostgreSQL lets a statement run. Default: as the next wider level says.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = Some(timeout);
        self
    }

    /// These options, and `wider` where they say nothing.
    pub(crate) fn or(&self, wider: &Self) -> Self {
        Self {
            max_connections: self.max_connections.or(wider.max_connections),
            min_connections: self.min_connections.or(wider.min_connections),
            acquire_timeout: self.acquire_timeout.or(wider.acquire_timeout),
            connect_timeout: self.connect_timeout.or(wider.connect_timeout),
            idle_timeout: self.idle_timeout.or(wider.idle_timeout),
            max_lifetime: self.max_lifetime.or(wider.max_lifetime),
            ping_after_idle: self.ping_after_idle.or(wider.ping_after_idle),
            statement_log: self.statement_log.or(wider.statement_log),
            schema_search_path: or_text(&self.schema_search_path, &wider.schema_search_path),
            application_name: or_text(&self.application_name, &wider.application_name),
            statement_timeout: self.statement_timeout.or(wider.statement_timeout),
        }
    }
}

fn or_text(own: &Option<String>, wider: &Option<String>) -> Option<String> {
    own.as_ref().or(wider.as_ref()).cloned()
}
