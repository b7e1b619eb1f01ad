use std::time::Duration;

use super::options::{options, words};
use crate::session::Consistency;

options! {
    /// What reads from slaves (*replicas*) promise. An option that is `None` comes from the next wider level: bind, whole file.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sea_orm_routing::{Consistency, config::ReadsConfig};
    ///
    /// let reads = ReadsConfig::new().consistency(Consistency::Bounded).max_lag(Duration::from_secs(2));
    /// assert_eq!(reads.max_lag, Some(Duration::from_secs(2)));
    /// ```
    pub struct ReadsConfig, in force Reads, at File | Bind;

    /// How reads are split over a bind's slaves.
    balance: Balance, default "random";
    /// What a read may miss.
    consistency: Consistency, default "session";
    /// How far a slave may be behind its master and serve reads.
    // All proxies ship such a limit, off by default, and their users report days of lag.
    max_lag: Duration, check lag, default "10s";
    /// How far a slave that was further behind may be behind when it serves reads again.
    readmit_lag: Duration, check day, unset "half of `max_lag`";
    /// How long a read waits for its slave to catch up before the master serves it.
    wait: Duration, check day, default "0s";
    /// How it is known what a slave holds: by positions in the servers' logs, a heartbeat row, or an assumed time.
    freshness: FreshnessSource, check window, unset "`positions`; SQLite's slaves read the master's own file and are always fresh; of a connection that is no pool of a server, such as a mock, 10 s are assumed";
    /// What becomes of a read that no slave can serve: the master serves it, or it fails.
    on_no_slave: OnNoSlave, default "master";
    /// How many reads at once the master takes because no slave can; the others fail.
    max_master_reads: u32, unset "all";
    /// When a read that has no answer yet is sent to a second node as well: after a time, or once it takes longer than 95 of 100
    /// like it.
    // It costs a second answer, and is for slaves that pause, not for those that are short of anything.
    hedge: Hedge, check hedge, default "off";
}

impl Reads {
    pub(crate) fn readmit_lag(&self) -> Duration {
        self.readmit_lag.unwrap_or(self.max_lag / 2)
    }
}

/// How reads are split over a bind's slaves.
#[doc(alias = "load_balancing")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Balance {
    /// By chance, in proportion to the weights (`random` in YAML).
    #[default]
    Random,
    /// In turn, in proportion to the weights (`round_robin` in YAML).
    RoundRobin,
    /// To the slave that has the fewest statements in flight for its weight (`least` in YAML). A session chooses so once.
    Least,
    /// To the better of two that are drawn by weight: the one whose statements in flight, times how slow it has lately been, are
    /// fewer (`latency` in YAML). A session chooses so once.
    Latency,
}

words! { Balance { Random = "random", RoundRobin = "round_robin", Least = "least", Latency = "latency" } }

impl Balance {
    /// Whether it rests on what the slaves are doing.
    pub(crate) fn is_by_load(self) -> bool {
        matches!(self, Self::Least | Self::Latency)
    }
}

/// When a read that has no answer yet is sent to a second node as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hedge {
    /// Never (`off` in YAML); [`RoutingDatabase::hedged`](crate::RoutingDatabase::hedged) does so all the same.
    #[default]
    Off,
    /// When it takes longer than 95 of 100 reads of the same text have (`p95` in YAML).
    P95,
    /// After this time (a time such as `20ms` in YAML).
    After(Duration),
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

words! { OnNoSlave { Master = "master", Error = "error" } }

/// How it is known what a slave holds.
#[doc(alias = "replication_lag")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FreshnessSource {
    /// Positions in the servers' own logs (`positions` in YAML): PostgreSQL's LSNs, MariaDB's and MySQL's GTIDs.
    Positions,
    /// A row that the monitor writes on the master (`heartbeat` in YAML), for servers that have no positions to
    /// compare. A migration of yours makes the row's table: see [the guide](crate::guide::consistency).
    Heartbeat,
    /// An assumption (a time such as `5s` in YAML): no slave is further behind than this.
    Window(Duration),
}
