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
    Replication::new(Policy::of(routing), source, can_be_asked)
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
