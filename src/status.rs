//! What the nodes are doing.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Serialize, Serializer};

use crate::{
    freshness::Moment,
    names::{BindName, NodeName},
    node::{Node, Role},
};

/// The nodes of a [`RoutingDatabase`](crate::RoutingDatabase) at one moment. The status prints as a table, and serialises with durations
/// in seconds. [`RoutingDatabase::status`](crate::RoutingDatabase::status) has an example.
#[doc(alias = "health")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// In the order of configuration; each bind's master first.
    pub nodes: Vec<NodeStatus>,
}

/// One node of a [`Status`].
#[doc(alias = "replication_lag")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NodeStatus {
    /// The bind that the node serves.
    pub bind: BindName,
    /// The node's name within its bind.
    pub node: NodeName,
    /// What the node does for the bind.
    pub role: Role,
    /// Its share of the bind's reads; 0 for a slave out of rotation.
    pub weight: u32,
    /// Whether it takes part in the split, and if not, why.
    pub state: NodeState,
    /// How old the data is that a slave is known to hold. It grows until the monitor asks again. `None` while nothing is known,
    /// and for a master.
    #[serde(serialize_with = "seconds")]
    pub freshness: Option<Duration>,
    /// How far a slave was behind its master when the monitor last asked. `None` while nothing is known, and for a
    /// master.
    #[serde(serialize_with = "seconds")]
    pub lag: Option<Duration>,
    /// The fault for which the node is down, how slow the node is, or why the monitor does not know more.
    pub last_error: Option<String>,
    /// Statements, streams and transactions that have not ended.
    pub in_flight: u64,
    /// Proven reads sent to it since the handle was built.
    pub reads: u64,
    /// All other statements sent to it since the handle was built.
    pub writes: u64,
    /// Reads by their text that the node refused, as writes or for what it holds. Another node ran them.
    pub refused: u64,
    /// Whether the sessions of a slave refuse writes by their server's own means. Sessions that are opened by configuration do.
    /// `None` for a master, and for a slave that was given to a builder until it has been asked.
    pub refuses_writes: Option<bool>,
}

/// What a node does at the moment.
#[doc(alias = "health")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeState {
    /// It serves what its role allows.
    Serving,
    /// A slave that is further behind than `max_lag`, or that was so and is not at `readmit_lag` yet.
    Lagging,
    /// A slave of which it is not known how far it is behind.
    Unknown,
    /// Down after a fault: it gets no statements, and is asked again from time to time.
    Down,
    /// Back up after a fault: its share of the reads grows.
    Warming,
    /// A slave that answers many times slower than its peers. It gets fewer reads until it answers as fast.
    Slow,
    /// A master beside which another server takes writes, neither known to have come further: it gets no writes.
    Contested,
    /// The database was closed: statements give errors.
    Closed,
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "serving",
            Self::Lagging => "lagging",
            Self::Unknown => "unknown",
            Self::Down => "down",
            Self::Warming => "warming",
            Self::Slow => "slow",
            Self::Contested => "contested",
            Self::Closed => "closed",
        })
    }
}

/// Why a master is [`NodeState::Contested`].
const CONTESTED: &str = "another server takes writes, too";

impl Status {
    /// The same after the database was closed.
    pub(crate) fn closed(mut self) -> Self {
        for node in &mut self.nodes {
            node.state = NodeState::Closed;
        }
        self
    }

    pub(crate) fn of<'n>(nodes: impl Iterator<Item = &'n Arc<Node>>) -> Self {
        let now = Moment::now();
        Self {
            nodes: nodes.map(|node| NodeStatus::of(node, now)).collect(),
        }
    }

    /// The node that is called `node` in the bind `bind`.
    pub fn node(&self, bind: &str, node: &str) -> Option<&NodeStatus> {
        self.nodes
            .iter()
            .find(|status| status.bind == bind && status.node == node)
    }
}

impl NodeStatus {
    #[cfg(feature = "metrics")]
    pub(crate) fn now(node: &Node) -> Self {
        Self::of(node, Moment::now())
    }

    fn of(node: &Node, now: Moment) -> Self {
        let is_slave = node.role == Role::Slave;
        let freshness = node.freshness.at(now).filter(|_| is_slave);
        let state = match freshness {
            _ if node.health.is_down() => NodeState::Down,
            _ if !is_slave && node.replication.is_contested() => NodeState::Contested,
            None if is_slave => NodeState::Unknown,
            Some(_)
                if !node
                    .freshness
                    .is_within(node.replication.policy.reads.max_lag, now) =>
            {
                NodeState::Lagging
            }
            _ if node.health.is_warming(now) => NodeState::Warming,
            _ if is_slave && node.load.slowness().is_some() => NodeState::Slow,
            _ => NodeState::Serving,
        };
        let fault = node.health.fault().map(|fault| fault.to_string());
        let slowness = node.load.slowness().filter(|_| state == NodeState::Slow);
        let slow = slowness.map(|times| {
            let share = f64::from(node.load.share()) / 10.0;
            format!("answers {times:.0} times slower than its peers; gets {share} % of its reads")
        });
        let contested = (state == NodeState::Contested).then(|| CONTESTED.to_owned());
        let fault = fault.or(slow).or(contested);
        Self {
            bind: node.bind.clone(),
            node: node.name.clone(),
            role: node.role,
            weight: node.weight,
            state,
            freshness: freshness.map(|known| now.since(known)),
            lag: node.freshness.lag(now).filter(|_| is_slave),
            last_error: match (fault, node.counters.last_error()) {
                (Some(fault), Some(error)) => Some(format!("{fault}: {error}")),
                (fault, error) => fault.or(error),
            },
            in_flight: node.counters.in_flight(),
            reads: node.counters.reads(),
            writes: node.counters.writes(),
            refused: node.counters.refused(),
            refuses_writes: node.refuses_writes(),
        }
    }

    /// Its role, and that it does not protect itself.
    fn title(&self) -> String {
        match self.refuses_writes {
            Some(false) => format!("{}, writable", self.role),
            _ => self.role.to_string(),
        }
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let age = |age: Option<Duration>| {
            age.map_or_else(String::new, |age| format!("{:.3} s", age.as_secs_f64()))
        };
        [
            self.bind.to_string(),
            self.node.to_string(),
            self.title(),
            self.weight.to_string(),
            self.state.to_string(),
            age(self.freshness),
            age(self.lag),
            self.in_flight.to_string(),
            self.reads.to_string(),
            self.writes.to_string(),
            self.refused.to_string(),
            // What servers say is no word to the terminal, and no second line.
            self.last_error
                .as_deref()
                .unwrap_or_default()
                .replace(char::is_control, " "),
        ]
    }
}

fn seconds<S: Serializer>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    age.map(|age| age.as_secs_f64()).serialize(serializer)
}

const COLUMNS: [&str; 12] = [
    "bind", "node", "role", "weight", "state", "known", "lag", "open", "reads", "writes",
    "refused", "error",
];

/// Texts to the left, numbers to the right.
const IS_TEXT: [bool; COLUMNS.len()] = [
    true, true, true, false, true, false, false, false, false, false, false, true,
];

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(self.nodes.iter().map(NodeStatus::cells));
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        for (number, row) in rows.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = width(column);
                line.push_str(&match IS_TEXT[column] {
                    true => format!("{cell:width$}  "),
                    false => format!("{cell:>width$}  "),
                });
            }
            if number > 0 {
                writeln!(f)?;
            }
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_table_and_serialises() {
        let master = NodeStatus {
            bind: "default".into(),
            node: "master".into(),
            role: Role::Master,
            weight: 1,
            state: NodeState::Serving,
            freshness: None,
            lag: None,
            last_error: None,
            in_flight: 2,
            reads: 10,
            writes: 12_345,
            refused: 0,
            refuses_writes: None,
        };
        let slave = NodeStatus {
            node: "slave-1".into(),
            role: Role::Slave,
            weight: 3,
            state: NodeState::Lagging,
            freshness: Some(Duration::from_millis(12_340)),
            lag: Some(Duration::from_millis(11_999)),
            reads: 1_000_000,
            writes: 0,
            refused: 7,
            refuses_writes: Some(true),
            ..master.clone()
        };
        let dead = NodeStatus {
            node: "slave-2".into(),
            state: NodeState::Down,
            freshness: None,
            lag: None,
            last_error: Some("connection\u{1b}refused".to_owned()),
            ..slave.clone()
        };
        let status = Status {
            nodes: vec![master, slave, dead],
        };
        let table = "\
bind     node     role    weight  state       known       lag  open    reads  writes  refused  error
default  master   master       1  serving                         2       10   12345        0
default  slave-1  slave        3  lagging  12.340 s  11.999 s     2  1000000       0        7
default  slave-2  slave        3  down                            2  1000000       0        7  connection refused";
        assert_eq!(status.to_string(), table, "\n{status}");
        assert_eq!(status.node("default", "slave-2"), Some(&status.nodes[2]));
        assert_eq!(status.node("reports", "slave-2"), None);
        let json = serde_json::to_value(&status.nodes[1]).unwrap();
        let expected = serde_json::json!({
            "bind": "default", "node": "slave-1", "role": "slave", "weight": 3, "state": "lagging",
            "freshness": 12.34, "lag": 11.999, "last_error": null, "in_flight": 2,
            "reads": 1_000_000, "writes": 0, "refused": 7, "refuses_writes": true,
        });
        assert_eq!(json, expected);
        assert!(serde_json::to_value(&status).unwrap()["nodes"].is_array());
    }
}
