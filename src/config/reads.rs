use std::time::Duration;

use crate::session::Consistency;

/// What reads from slaves promise. What is `None` comes from the next wider level: bind, whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadsConfig {
    /// What a read may miss.
    pub consistency: Option<Consistency>,
    /// How far a slave may be behind its master and serve reads.
    pub max_lag: Option<Duration>,
    /// How far a slave that was further behind may be behind when it serves reads again.
    pub readmit_lag: Option<Duration>,
    /// How long a read waits for its slave to catch up before the master serves it.
    pub wait: Option<Duration>,
    /// How it is known what a slave holds.
    pub freshness: Option<FreshnessSource>,
    /// What becomes of a read that no slave can serve.
    pub on_no_slave: Option<OnNoSlave>,
    /// How many reads at once the master takes because no slave can.
    pub max_master_reads: Option<u32>,
}

/// What becomes of a read when the bind has slaves and none of them can serve it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnNoSlave {
    /// The master serves it (`master` in YAML).
    #[default]
    Master,
    /// It fails with [`RoutingError::NoSlave`](crate::RoutingError::NoSlave), which spares a master that could not
    /// bear the reads of all slaves (`error` in YAML).
    Error,
}

/// How it is known what a slave holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FreshnessSource {
    /// Positions in the servers' own logs (`positions` in YAML): PostgreSQL's LSNs, MariaDB's and MySQL's GTIDs.
    Positions,
    /// A row that the monitor writes on the master (`heartbeat` in YAML), for servers that have no positions to
    /// compare; its table is made by a migration of yours, see `docs/consistency.md`.
    Heartbeat,
    /// An assumption (a time such as `5s` in YAML): no slave is further behind than this.
    Window(Duration),
}

impl ReadsConfig {
    /// Options that override nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a read may miss. Default: [`Consistency::Session`].
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = Some(consistency);
        self
    }

    /// How far a slave may be behind and serve reads. Default: 10 s.
    #[must_use]
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = Some(lag);
        self
    }

    /// How far a slave that was too far behind may be behind when it serves again. Default: half of `max_lag`.
    #[must_use]
    pub fn readmit_lag(mut self, lag: Duration) -> Self {
        self.readmit_lag = Some(lag);
        self
    }

    /// How long a read waits for its slave before the master serves it. Default: not at all.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// How it is known what a slave holds. Default: positions; SQLite's slaves read the master's own file and are
    /// always fresh; of a connection that is no pool of a server, such as a mock, 10 s are assumed.
    #[must_use]
    pub fn freshness(mut self, source: FreshnessSource) -> Self {
        self.freshness = Some(source);
        self
    }

    /// What becomes of a read that no slave can serve. Default: the master serves it.
    #[must_use]
    pub fn on_no_slave(mut self, on_no_slave: OnNoSlave) -> Self {
        self.on_no_slave = Some(on_no_slave);
        self
    }

    /// How many reads at once the master takes because no slave can; the others fail with
    /// [`RoutingError::NoSlave`](crate::RoutingError::NoSlave). Default: all.
    #[must_use]
    pub fn max_master_reads(mut self, reads: u32) -> Self {
        self.max_master_reads = Some(reads);
        self
    }

    /// These options, and `wider` where they say nothing.
    pub(crate) fn or(&self, wider: &Self) -> Self {
        Self {
            consistency: self.consistency.or(wider.consistency),
            max_lag: self.max_lag.or(wider.max_lag),
            readmit_lag: self.readmit_lag.or(wider.readmit_lag),
            wait: self.wait.or(wider.wait),
            freshness: self.freshness.or(wider.freshness),
            on_no_slave: self.on_no_slave.or(wider.on_no_slave),
            max_master_reads: self.max_master_reads.or(wider.max_master_reads),
        }
    }

    pub(crate) fn effective_max_lag(&self) -> Duration {
        // All proxies ship such a limit, off by default, and their users report days of lag.
        self.max_lag.unwrap_or(Duration::from_secs(10))
    }

    pub(crate) fn effective_wait(&self) -> Duration {
        let day = Duration::from_secs(24 * 60 * 60);
        self.wait.unwrap_or_default().min(day)
    }

    pub(crate) fn effective_readmit_lag(&self) -> Duration {
        self.readmit_lag.unwrap_or(self.effective_max_lag() / 2)
    }
}
