use std::time::Duration;

use super::Finding;
use crate::config::{
    BindsConfig, FailoverConfig, FreshnessSource, ReadsConfig, Roles, path::KeyPath,
};

/// The monitor can't tell less: it asks ten times a second at most.
const SHORTEST_LAG: Duration = Duration::from_millis(500);

/// What is longer is a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Limits of lag and waiting can be kept and fit each other.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let wide = &config.routing.reads;
    level(&KeyPath::root().child("routing"), wide, wide, findings);
    hold(
        &KeyPath::root().child("routing"),
        &config.routing.failover,
        findings,
    );
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name);
        let effective = bind.reads.or(wide);
        hold(&path, &bind.failover, findings);
        level(&path, &bind.reads, &effective, findings);
        let failover = bind.failover.or(&config.routing.failover);
        let window = matches!(effective.freshness, Some(FreshnessSource::Window(_)));
        if window && failover.roles == Some(Roles::Discover) && !bind.slaves.is_empty() {
            let found = "an assumption, with which nobody asks the servers for their roles";
            let expected = "`positions` or `heartbeat` with `roles: discover`";
            findings.push(Finding::new(path.child("freshness"), found, expected));
        }
    }
}

fn hold(path: &KeyPath, own: &FailoverConfig, findings: &mut Vec<Finding>) {
    if own.hold_writes.is_some_and(|hold| hold > LONGEST) {
        findings.push(Finding::new(
            path.child("hold_writes"),
            "a longer time",
            "at most a day",
        ));
    }
}

/// A limit that this level sets must fit the others, from whatever level they come.
fn level(path: &KeyPath, own: &ReadsConfig, effective: &ReadsConfig, findings: &mut Vec<Finding>) {
    let window = own.freshness.and_then(|source| match source {
        FreshnessSource::Window(window) => Some(window),
        _ => None,
    });
    let durations = [
        ("max_lag", own.max_lag, SHORTEST_LAG),
        ("readmit_lag", own.readmit_lag, Duration::ZERO),
        ("wait", own.wait, Duration::ZERO),
        ("freshness", window, Duration::ZERO),
    ];
    for (key, duration, shortest) in durations {
        let Some(duration) = duration else { continue };
        if duration < shortest {
            findings.push(Finding::new(
                path.child(key),
                "a shorter time",
                "at least `500ms`",
            ));
        } else if duration > LONGEST {
            findings.push(Finding::new(
                path.child(key),
                "a longer time",
                "at most a day",
            ));
        }
    }
    let is_set = own.max_lag.is_some() || own.readmit_lag.is_some();
    if is_set && effective.effective_readmit_lag() > effective.effective_max_lag() {
        let key = if own.readmit_lag.is_some() {
            "readmit_lag"
        } else {
            "max_lag"
        };
        let expected = "`readmit_lag` no longer than `max_lag`";
        findings.push(Finding::new(
            path.child(key),
            "limits that exclude each other",
            expected,
        ));
    }
}
