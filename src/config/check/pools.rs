use super::{About, Finding};
use crate::config::{
    BindConfig, BindsConfig, NodeConfig, PoolConfig, Pooler, Scheme, options::OptionGroup,
    path::KeyPath,
};

/// Pool options fit each other and the databases that they are for.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let path = KeyPath::root().child("pool");
    sizes(&path, &config.pool, &config.pool, findings);
    file_backend(config, &path, findings);
    for (index, bind) in config.binds.iter().enumerate() {
        if bind.within.is_some() {
            continue;
        }
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

/// A limit that this level sets must fit the other one, from whatever level that comes.
fn sizes(path: &KeyPath, own: &PoolConfig, effective: &PoolConfig, findings: &mut Vec<Finding>) {
    findings.extend(Finding::of_options(path, own));
    session_settings(path, own, effective, findings);
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

/// What holds for a session can't be set where it is shared: at the level that sets either.
fn session_settings(
    path: &KeyPath,
    own: &PoolConfig,
    effective: &PoolConfig,
    findings: &mut Vec<Finding>,
) {
    if effective.pooler != Some(Pooler::Transaction) {
        return;
    }
    let is_set = [
        (
            "statement_timeout",
            own.statement_timeout.is_some(),
            effective.statement_timeout.is_some(),
        ),
        (
            "schema_search_path",
            own.schema_search_path.is_some(),
            effective.schema_search_path.is_some(),
        ),
    ];
    for (option, is_own, is_effective) in is_set {
        if is_own || own.pooler.is_some() && is_effective {
            let found = "a setting of sessions, which `pooler: transaction` shares with others";
            let expected = format!("`ALTER ROLE … SET` on the server in place of `{option}`");
            findings.push(Finding::new(path.child(option), found, expected));
        }
    }
}

fn file_backend(config: &BindsConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    let nodes = || config.binds.iter().flat_map(BindConfig::nodes);
    for (option, only) in config.pool.bound() {
        let is_other = |node: &NodeConfig| node.url.backend().is_some_and(|own| own != only);
        // A URL that can't be read may have been meant for that one.
        if nodes().next().is_some() && nodes().all(is_other) {
            let expected = format!("a node that is {only}");
            findings.push(Finding::new(path.child(option), of(only), expected));
        }
    }
}

fn backend(path: &KeyPath, pool: &PoolConfig, scheme: Option<Scheme>, findings: &mut Vec<Finding>) {
    let Some(scheme) = scheme else { return };
    for (option, only) in pool.bound() {
        if only != scheme {
            let expected = format!("an option of {scheme}");
            findings.push(Finding::new(path.child(option), of(only), expected));
        }
    }
}

fn of(scheme: Scheme) -> String {
    format!("an option that only {scheme} has")
}
