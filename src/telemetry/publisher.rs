use std::{
    collections::BTreeMap,
    sync::{Arc, Once, Weak},
    time::Duration,
};

use metrics::counter;
use parking_lot::Mutex;
use sea_orm::DbBackend;
use tracing::warn;

use super::series::{
    AGE, CHANGES, CLASSIFIED, CONNECTIONS, DURATION, FAILOVERS, HEALED, HELD, IN_FLIGHT, IS_MASTER,
    LAG, Labels, MOST_CONNECTIONS, Named, STATE, STATEMENTS, describe,
};
use crate::{
    driver::figures,
    events::CONFIG,
    node::{Node, Role, Server, Topology},
    route::REASONS,
    status::{NodeState, NodeStatus},
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

const STATES: [NodeState; 7] = [
    NodeState::Serving,
    NodeState::Lagging,
    NodeState::Unknown,
    NodeState::Down,
    NodeState::Warming,
    NodeState::Slow,
    NodeState::Contested,
];

/// Tells the recorder of metrics what was counted since it last did.
#[derive(Debug, Default)]
pub(crate) struct Publisher {
    /// What the database is called, if it is.
    name: Option<String>,
    /// Who it is.
    identity: Arc<()>,
    /// The nodes of which something was told, or is still to be told though they are gone.
    told: Mutex<Vec<Arc<Node>>>,
}

/// The nodes of which somebody tells, by their labels, each with who does.
static TOLD: Mutex<BTreeMap<String, Weak<()>>> = Mutex::new(BTreeMap::new());

impl Publisher {
    pub(crate) fn named(name: Option<String>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    fn of<'n>(&'n self, node: &'n Node) -> Named<'n> {
        Named {
            node,
            name: self.name.as_deref(),
        }
    }

    pub(crate) fn publish(&self, topology: &Topology, classified: u64) {
        let mut told = self.told.lock();
        // Each time: a recorder may have been set since.
        describe();
        counter!(CLASSIFIED).increment(classified);
        let nodes: Vec<_> = topology.nodes().cloned().collect();
        TOLD.lock().retain(|_, teller| teller.strong_count() > 0);
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
            tell_counts(self.of(node));
            if !is_named(node) {
                tell_end(self.of(node));
            }
        }
        // What still runs there is told when it has ended.
        told.retain(|node| node.counters.in_flight() > 0);
        for node in &nodes {
            self.claim(node);
            tell_counts(self.of(node));
            tell_state(self.of(node));
        }
        told.extend(nodes);
    }

    /// Says once where two databases tell of nodes by the same labels: each would overwrite what the other tells.
    fn claim(&self, node: &Arc<Node>) {
        static WARNED: Once = Once::new();
        let key = format!(
            "{} {}",
            self.name.as_deref().unwrap_or_default(),
            node.key()
        );
        let before = TOLD.lock().insert(key, Arc::downgrade(&self.identity));
        let is_other = |other: Arc<()>| !Arc::ptr_eq(&other, &self.identity);
        if before
            .and_then(|before| before.upgrade())
            .is_some_and(is_other)
        {
            WARNED.call_once(|| {
                warn!(
                    target: CONFIG, bind = %node.bind, node = %node.name,
                    "two databases tell their metrics by the same labels, and overwrite each other's: give them names"
                );
            });
        }
    }

    /// Tells what is left, and that nothing more is done.
    pub(crate) fn end(&self, topology: &Topology, classified: u64) {
        self.publish(topology, classified);
        self.told
            .lock()
            .drain(..)
            .for_each(|node| tell_end(self.of(&node)));
    }
}

fn tell_counts(named: Named<'_>) {
    let (labels, node) = (Labels::of(named), named.node);
    let server = node.opener.server();
    let operations = of_server(&labels, node.backend, server);
    for taken in node.tallies.take() {
        tell_statements(&labels, &operations, taken);
    }
    let held = node.replication.tallies.take_held();
    if !held.is_empty() {
        Labels::of_bind(named).tell(HELD, &held);
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

fn tell_state(named: Named<'_>) {
    let node = named.node;
    let status = NodeStatus::now(node);
    let labels = Labels::of(named);
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
        let pool = Labels::of_pool(named);
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
fn tell_end(named: Named<'_>) {
    let labels = Labels::of(named);
    for gauge in [LAG, AGE, IN_FLIGHT, IS_MASTER] {
        labels.set(gauge, 0.0);
    }
    for state in STATES {
        labels.and("state", state.to_string()).set(STATE, 0.0);
    }
    let pool = Labels::of_pool(named);
    for state in ["idle", "used"] {
        pool.and("db.client.connection.state", state)
            .set(CONNECTIONS, 0.0);
    }
    pool.set(MOST_CONNECTIONS, 0.0);
}
