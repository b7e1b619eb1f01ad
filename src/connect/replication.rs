use sea_orm::{DatabaseConnection, DbBackend};

use crate::{
    config::{FreshnessSource, ReadsConfig, RoutingConfig},
    freshness::Source,
    monitor::can_ask,
    node::{Policy, Replication, backend},
};

/// What the nodes of a bind with these connections share.
pub(crate) fn replication<'c>(
    routing: &RoutingConfig,
    master: &DatabaseConnection,
    slaves: impl Iterator<Item = &'c DatabaseConnection>,
) -> Replication {
    let slaves: Vec<_> = slaves.collect();
    let can_be_asked = can_ask(master) && slaves.iter().all(|slave| can_ask(slave));
    let source = match slaves.is_empty() {
        // Another process may have slaves of it, or this one soon.
        true if can_be_asked => Source::Positions,
        true => Source::Shared,
        false => source(&routing.reads, master, can_be_asked),
    };
    let policy = Policy::of(routing);
    Replication::new(policy, source, can_be_asked)
}

/// How it is known what the slaves hold, as far as their connections can tell.
fn source(reads: &ReadsConfig, master: &DatabaseConnection, can_be_asked: bool) -> Source {
    match reads.freshness {
        Some(FreshnessSource::Window(window)) => Source::Window(window),
        _ if backend(master) == Some(DbBackend::Sqlite) => Source::Shared,
        _ if !can_be_asked => Source::Window(reads.in_force().max_lag),
        Some(FreshnessSource::Heartbeat) => Source::Heartbeat,
        Some(FreshnessSource::Positions) | None => Source::Positions,
    }
}

impl Policy {
    /// The policy of a bind for which these options hold.
    pub(crate) fn of(routing: &RoutingConfig) -> Self {
        let reads = &routing.reads;
        let (readmit_lag, reads) = (reads.readmit_lag_in_force(), reads.in_force());
        let failover = routing.failover.in_force();
        Self {
            consistency: reads.consistency,
            max_lag: reads.max_lag,
            readmit_lag,
            wait: reads.wait,
            on_no_slave: reads.on_no_slave,
            max_master_reads: reads.max_master_reads,
            roles: failover.roles,
            hold_writes: failover.hold_writes,
            hedge: reads.hedge,
            close_idle: routing.idle.in_force().close_idle,
        }
    }
}
