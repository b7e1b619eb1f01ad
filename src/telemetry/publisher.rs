use std::{sync::Arc, time::Duration};

use metrics::counter;
use parking_lot::Mutex;
use sea_orm::DbBackend;

use super::series::{
    AGE, CHANGES, CLASSIFIED, CONNECTIONS, DURATION, FAILOVERS, HEALED, HELD, IN_FLIGHT, IS_MASTER,
    LAG, Labels, MOST_CONNECTIONS, STATE, STATEMENTS, describe,
};
use crate::{
    driver::figures,
    node::{Node, Role, Server, Topology},
    route::REASONS,
    status::{NodeState, Status},
    tally::{Taken, Turn},
};

/// How often what was counted is published.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);

const CHANGES_OF_NODE: [(Turn, &str); 4] = [
    (Turn::WentDown, "down"),
    (Turn::CameBackUp, "back_up"),
    (Turn::FellBehind, "lagging"),
    (Turn::CaughtUp, "caught_up"),
];

const STATES: [NodeState; 6] = [
    NodeState::Serving,
    NodeState::Lagging,
    NodeState::Unknown,
    NodeState::Down,
    NodeState::Warming,
    NodeState::Slow,
];

/// Tells the recorder of metrics what was counted since it last did.
#[derive(Debug, Default)]
pub(crate) struct Publisher {
    /// The nodes of which something was told, or is still to be told though they are gone.
    told: Mutex<Vec<Arc<Node>>>,
}

impl Publisher {
    pub(crate) fn publish(&self, topology: &Topology, classified: u64) {
        let mut told = self.told.lock();
        // Each time: a recorder may have been set since.
        describe();
        counter!(CLASSIFIED).increment(classified);
        let nodes: Vec<_> = topology.nodes().cloned().collect();
        let is_named = |old: &Node| {
            nodes
                .iter()
                .any(|node| node.bind == old.bind && node.name == old.name)
        };
        let is_told = |old: &Node| {
            nodes
                .iter()
                .any(|node| Arc::ptr_eq(&node.tallies, &old.tallies))
        };
        told.retain(|node| !is_told(node));
        for node in told.iter() {
            tell_counts(node);
            if !is_named(node) {
                tell_end(node);
            }
        }
        // What still runs there is told when it has ended.
        told.retain(|node| node.counters.in_flight() > 0);
        for node in &nodes {
            tell_counts(node);
            tell_state(node);
        }
        told.extend(nodes);
    }

    /// Tells what is left, and that nothing more is done.
    pub(crate) fn end(&self, topology: &Topology, classified: u64) {
        self.publish(topology, classified);
        self.told.lock().drain(..).for_each(|node| tell_end(&node));
    }
}

fn tell_counts(node: &Node) {
    let labels = Labels::of(node);
    let server = node.opener.server();
    let operations = of_server(&labels, node.backend, server);
    for taken in node.tallies.take() {
        tell_statements(&labels, &operations, taken);
    }
    let held = node.replication.tallies.take_held();
    if !held.is_empty() {
        Labels::of_bind(node).tell(HELD, &held);
    }
    labels.count(HEALED, node.tallies.take_turns(Turn::Healed));
    labels.count(FAILOVERS, node.tallies.take_turns(Turn::BecameMaster));
    for (turn, change) in CHANGES_OF_NODE {
        labels
            .and("change", change)
            .count(CHANGES, node.tallies.take_turns(turn));
    }
}

fn of_server(labels: &Labels, backend: Option<DbBackend>, server: Server) -> Labels {
    let system = server.system.unwrap_or(match backend {
        Some(DbBackend::Postgres) => "postgresql",
        Some(DbBackend::MySql) => "mysql",
        Some(DbBackend::Sqlite) => "sqlite",
        _ => "other_sql",
    });
    labels
        .and("db.system.name", system)
        .and_if("db.namespace", server.namespace)
        .and_if("server.address", server.host)
        .and_if("server.port", server.port.map(|port| port.to_string()))
}

fn tell_statements(labels: &Labels, operations: &Labels, taken: Taken) {
    let Taken {
        kind,
        outcome,
        error_type,
        durations,
    } = taken;
    let reason = REASONS
        .get(usize::from(kind.reason))
        .copied()
        .unwrap_or("other");
    let number: usize = durations.iter().map(|(_, count)| count).sum();
    let role = match kind.is_on_master {
        true => Role::Master,
        false => Role::Slave,
    };
    labels
        .and("role", role.to_string())
        .and("access", kind.access.to_string())
        .and("reason", reason)
        .and("outcome", outcome)
        .count(STATEMENTS, number as u64);
    let error_type = error_type.or_else(|| (outcome == "cancelled").then(|| outcome.to_owned()));
    operations
        .and("db.operation.name", kind.operation.name())
        .and_if("error.type", error_type)
        .tell(DURATION, &durations);
}

fn tell_state(node: &Arc<Node>) {
    let status = Status::of(std::iter::once(node));
    let Some(status) = status.nodes.first() else {
        return;
    };
    let labels = Labels::of(node);
    let seconds = |age: Option<Duration>| match node.role {
        Role::Master => 0.0,
        Role::Slave => age.map_or(f64::NAN, |age| age.as_secs_f64()),
    };
    labels.set(LAG, seconds(status.lag));
    labels.set(AGE, seconds(status.freshness));
    labels.set(IN_FLIGHT, status.in_flight as f64);
    labels.set(IS_MASTER, f64::from(u8::from(node.role == Role::Master)));
    for state in STATES {
        labels
            .and("state", state.to_string())
            .set(STATE, f64::from(u8::from(state == status.state)));
    }
    if let Some(figures) = figures(&node.connection) {
        let pool = Labels::of_pool(node);
        let connections = |state, number: u32| {
            pool.and("db.client.connection.state", state)
                .set(CONNECTIONS, f64::from(number));
        };
        connections("idle", figures.idle);
        connections("used", figures.open.saturating_sub(figures.idle));
        pool.set(MOST_CONNECTIONS, f64::from(figures.most));
    }
}

/// Says of a node that is gone that it does nothing.
fn tell_end(node: &Node) {
    let labels = Labels::of(node);
    for gauge in [LAG, AGE, IN_FLIGHT, IS_MASTER] {
        labels.set(gauge, 0.0);
    }
    for state in STATES {
        labels.and("state", state.to_string()).set(STATE, 0.0);
    }
    let pool = Labels::of_pool(node);
    for state in ["idle", "used"] {
        pool.and("db.client.connection.state", state)
            .set(CONNECTIONS, 0.0);
    }
    pool.set(MOST_CONNECTIONS, 0.0);
}
