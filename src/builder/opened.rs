use std::fmt::Write;

use tracing::info;

use crate::{
    config::Roles,
    events::CONFIG,
    node::{Bind, Topology},
};

/// One line that says what is routed where. It holds names and options, and no address.
pub(super) fn log_opened(topology: &Topology) {
    let binds: Vec<_> = topology.binds().map(|bind| described(bind)).collect();
    info!(target: CONFIG, binds = binds.join("; "), "the databases are open");
}

/// `default: master, slave-1, slave-2 of weight 2, consistency session`
fn described(bind: &Bind) -> String {
    let mut text = format!("{}: {}", bind.name, bind.master.name);
    // Writing to a text does not fail.
    for slave in &bind.slaves {
        let _ = match slave.weight {
            1 => write!(text, ", {}", slave.name),
            weight => write!(text, ", {} of weight {weight}", slave.name),
        };
    }
    let policy = &bind.replication.policy;
    if !bind.slaves.is_empty() {
        let _ = write!(text, ", consistency {}", policy.reads.consistency);
    }
    if policy.failover.roles == Roles::Discover {
        text.push_str(", roles discovered");
    }
    text
}
