//! What nodes and statements do, in metrics: for whichever recorder of the crate [`metrics`](https://docs.rs/metrics) the application
//! has set, such as that of `metrics-exporter-prometheus`.
//!
//! Nothing has to be called: what was counted is published each second. [`RoutingDatabase::publish_metrics`](crate::RoutingDatabase::publish_metrics)
//! and [`close`](crate::RoutingDatabase::close) publish at once.
//! A recorder may be set after the database was made; it then gets what is counted from that moment on.
//!
//! | metric | kind | labels | what it says |
//! |---|---|---|---|
//! | `db.client.operation.duration` | histogram, s | `db.system.name`, `db.namespace`, `db.operation.name`, `server.address`, `server.port`, `error.type`; `bind`, `node` | from sending to the answer, or the end of a stream; told to a sixteenth of itself |
//! | `sea_orm_routing.statements` | counter | `bind`, `node`, `role`, `access`, `reason`, `outcome` | statements, and what begins and ends transactions |
//! | `sea_orm_routing.in_flight` | gauge | `bind`, `node` | statements, streams and transactions that have not ended |
//! | `sea_orm_routing.healed` | counter | `bind`, `node` | reads that this slave refused and another node ran |
//! | `sea_orm_routing.held.duration` | histogram, s | `bind` | how long statements have waited for a master |
//! | `sea_orm_routing.failovers` | counter | `bind`, `node` | how often this node has become the master |
//! | `sea_orm_routing.node.changes` | counter | `bind`, `node`, `change` | `down`, `back_up`, `lagging`, `caught_up` |
//! | `sea_orm_routing.node.state` | gauge | `bind`, `node`, `state` | 1 for the state that it has, 0 for the others |
//! | `sea_orm_routing.node.is_master` | gauge | `bind`, `node` | 1 for the master, 0 for slaves |
//! | `sea_orm_routing.replication.lag` | gauge, s | `bind`, `node` | how far a slave was behind when the monitor last asked; NaN while nothing is known |
//! | `sea_orm_routing.freshness.age` | gauge, s | `bind`, `node` | how old what a slave is known to hold is; NaN while nothing is known |
//! | `sea_orm_routing.texts.classified` | counter | | statements whose text was not in the memo; all others were |
//! | `db.client.connection.count` | gauge | `db.client.connection.pool.name`, `db.client.connection.state` | connections of a node's pool, `idle` and `used` |
//! | `db.client.connection.max` | gauge | `db.client.connection.pool.name` | how many there may be |
//!
//! Names and labels that begin with `db.`, `server.` and `error.` are OpenTelemetry's, of its
//! [conventions for databases](https://opentelemetry.io/docs/specs/semconv/db/database-metrics/) 1.33 and later: the duration is
//! stable there, those of connections are still in development. Prometheus' exporter writes `_` for each dot.
//!
//! A statement counts at each node that it was sent to. It also counts at a node that it was for and that never got it: a write without
//! a master counts as an error there. What is refused before it has a node counts as an error with the reason `nowhere` at the master of
//! its bind: a read for which there is no slave, a write that is prevented, a text with tables of two binds (at the master of the
//! handle's bind). A
//! hedged read counts at both nodes, each with its own end.
//!
//! `outcome` is `ok`, `error`, `refused` (by a slave; another node is asked if one may be) or `cancelled`; `reason` is that of the node, as
//! [`NodeReason`](crate::route::NodeReason) is serialised; `error.type` is the server's code or a name of the kind of error,
//! of which each node tells 64 apart. So a node has at most some hundred series, whatever statements there are.
//!
//! A process with several databases gives them names ([`name`](crate::RoutingDatabaseBuilder::name)): each metric but
//! `sea_orm_routing.texts.classified` then has a label `db`. Without, two that have binds and nodes of the same names overwrite each
//! other's gauges.
//!
//! How many series there are: a node that did nothing has 15 (with its pool), and each kind of statement that it ran, by access, reason
//! and outcome, one more and a histogram for its operation: about 20 for a node with two kinds. A shard of a group is a bind of its own:
//! 1,000 shards of one node each, 20,000 series. Where that is too much, drop the label `bind` of shards (`tenants/…`) where
//! metrics are collected, by a rule of the exporter's or Prometheus' (`metric_relabel_configs`).
//!
//! A gauge of a node that is removed, or whose database is closed or dropped, says 0.

mod publisher;
mod series;
#[cfg(test)]
mod tests;

pub(crate) use publisher::{PERIOD, Publisher};
