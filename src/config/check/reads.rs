use super::Finding;
use crate::config::{BindsConfig, FreshnessSource, ReadsConfig, Roles, path::KeyPath};

/// Limits of lag and waiting can be kept and fit each other.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let (path, wide) = (KeyPath::root().child("routing"), &config.routing);
    findings.extend(Finding::of_options(&path, wide));
    lags(&path, &wide.reads, &wide.reads, findings);
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name);
        let own = bind.routing();
        findings.extend(Finding::of_options(&path, &own));
        let effective = own.or(wide);
        lags(&path, &own.reads, &effective.reads, findings);
        let window = matches!(effective.reads.freshness, Some(FreshnessSource::Window(_)));
        let discovers = effective.failover.roles == Some(Roles::Discover);
        if window && discovers && !bind.slaves.is_empty() {
            let found = "an assumption, with which nobody asks the servers for their roles";
            let expected = "`positions` or `heartbeat` with `roles: discover`";
            findings.push(Finding::new(path.child("freshness"), found, expected));
        }
    }
}

/// A limit that this level sets must fit the other one, from whatever level that comes.
fn lags(path: &KeyPath, own: &ReadsConfig, effective: &ReadsConfig, findings: &mut Vec<Finding>) {
    let is_set = own.max_lag.is_some() || own.readmit_lag.is_some();
    let in_force = effective.in_force();
    if is_set && in_force.readmit_lag() > in_force.max_lag {
        let key = match own.readmit_lag {
            Some(_) => "readmit_lag",
            None => "max_lag",
        };
        let found = "limits that exclude each other";
        let expected = "`readmit_lag` no longer than `max_lag`";
        findings.push(Finding::new(path.child(key), found, expected));
    }
}
