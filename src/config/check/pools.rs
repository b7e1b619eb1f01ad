use std::time::Duration;

use super::{About, Finding};
use crate::config::{BindConfig, BindsConfig, PoolConfig, Scheme, path::KeyPath};

/// Pool options fit each other and the databases that they are for.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let path = KeyPath::root().child("pool");
    sizes(&path, &config.pool, &config.pool, findings);
    file_backend(config, &path, findings);
    for (index, bind) in config.binds.iter().enumerate() {
        let bind_path = KeyPath::binds().named(index, &bind.name);
        let path = bind_path.child("pool");
        sizes(&path, &bind.pool, &bind.pool.or(&config.pool), findings);
        backend(&path, &bind.pool, bind.master.url.backend(), findings);
        nodes(config, bind, &bind_path, findings);
    }
}

fn nodes(config: &BindsConfig, bind: &BindConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    let slaves = path.child("slaves");
    let paths = bind
        .slaves
        .iter()
        .enumerate()
        .map(|(index, slave)| slaves.named(index, &slave.name));
    let paths = std::iter::once(path.child("master")).chain(paths);
    for (path, node) in paths.zip(bind.nodes()) {
        let path = path.child("pool");
        sizes(
            &path,
            &node.pool,
            &config.effective_pool(bind, node),
            findings,
        );
        backend(&path, &node.pool, node.url.backend(), findings);
    }
}

/// More than any server takes, and less than what the driver can't count or allocate.
const MOST_CONNECTIONS: u32 = 65_535;

/// What is longer is a mistake, and at the end of the scale the driver's clock overflows.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

fn bounds(path: &KeyPath, own: &PoolConfig, findings: &mut Vec<Finding>) {
    let counts = [
        ("max_connections", own.max_connections),
        ("min_connections", own.min_connections),
    ];
    for (key, count) in counts {
        if let Some(count) = count.filter(|count| *count > MOST_CONNECTIONS) {
            let expected = format!("at most {MOST_CONNECTIONS}");
            let finding = Finding::new(path.child(key), format!("`{count}`"), expected);
            findings.push(finding.about(About::ShownValue));
        }
    }
    let durations = [
        ("acquire_timeout", own.acquire_timeout),
        ("connect_timeout", own.connect_timeout),
        ("idle_timeout", own.idle_timeout),
        ("max_lifetime", own.max_lifetime),
        ("ping_after_idle", own.ping_after_idle),
        ("statement_timeout", own.statement_timeout),
    ];
    for (key, duration) in durations {
        if duration.is_some_and(|duration| duration > LONGEST) {
            findings.push(Finding::new(
                path.child(key),
                "a longer time",
                "at most a year",
            ));
        }
    }
}

/// A limit that this level sets must fit the other one, from whatever level that comes.
fn sizes(path: &KeyPath, own: &PoolConfig, effective: &PoolConfig, findings: &mut Vec<Finding>) {
    bounds(path, own, findings);
    if own.max_connections == Some(0) {
        let path = path.child("max_connections");
        findings.push(Finding::new(path, "`0`", "at least 1").about(About::ShownValue));
    }
    let (Some(min), Some(max @ 1..)) = (effective.min_connections, effective.max_connections)
    else {
        return;
    };
    let (key, found, expected) = match (own.min_connections, own.max_connections) {
        _ if min <= max => return,
        (Some(_), _) => (
            "min_connections",
            min,
            format!("at most `max_connections`, {max}"),
        ),
        (None, Some(_)) => (
            "max_connections",
            max,
            format!("at least `min_connections`, {min}"),
        ),
        (None, None) => return,
    };
    findings.push(
        Finding::new(path.child(key), format!("`{found}`"), expected).about(About::ShownValue),
    );
}

fn file_backend(config: &BindsConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    let nodes = || config.binds.iter().flat_map(BindConfig::nodes);
    let other = |scheme: Option<Scheme>| !matches!(scheme, None | Some(Scheme::Postgres));
    if nodes().next().is_some() && nodes().all(|node| other(node.url.backend())) {
        for option in postgres_options(&config.pool) {
            let found = "an option that only PostgreSQL has";
            findings.push(Finding::new(
                path.child(option),
                found,
                "a node that is PostgreSQL",
            ));
        }
    }
}

fn backend(path: &KeyPath, pool: &PoolConfig, scheme: Option<Scheme>, findings: &mut Vec<Finding>) {
    let Some(scheme @ (Scheme::MySql | Scheme::Sqlite)) = scheme else {
        return;
    };
    for option in postgres_options(pool) {
        let found = "an option that only PostgreSQL has";
        let expected = format!("an option of {scheme}");
        findings.push(Finding::new(path.child(option), found, expected));
    }
}

/// The options that are set, of those that only PostgreSQL has.
fn postgres_options(pool: &PoolConfig) -> impl Iterator<Item = &'static str> {
    [
        ("schema_search_path", pool.schema_search_path.is_some()),
        ("application_name", pool.application_name.is_some()),
        ("statement_timeout", pool.statement_timeout.is_some()),
    ]
    .into_iter()
    .filter_map(|(option, set)| set.then_some(option))
}
