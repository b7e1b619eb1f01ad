use super::Finding;
use crate::config::{
    BindConfig, BindsConfig, DeclaredKey,
    bind::DEFAULT_BIND,
    key_meaning,
    path::KeyPath,
    quote::{hint, is_harmless, one_of},
};
use crate::shard::group_of;

/// Every bind key of the code names a bind or a node.
pub(super) fn check(config: &BindsConfig, declared: &[DeclaredKey], findings: &mut Vec<Finding>) {
    // Without binds no key can have a meaning: that problem is reported once, elsewhere.
    if config.binds.is_empty() {
        return;
    }
    for declared in declared {
        if !has_meaning(config, &declared.key) {
            let path = KeyPath::of_code(format!("bind key of `{}`", declared.entity));
            let expected = expected(config, &declared.key);
            findings.push(Finding::new(path, format!("`{}`", declared.key), expected));
        }
    }
}

fn has_meaning(config: &BindsConfig, key: &str) -> bool {
    let find = |name: &str| config.binds.iter().find(|bind| bind.name == name);
    let has_node = |bind: &str, node: &str| {
        find(bind).is_some_and(|bind| bind.nodes().any(|found| found.name == node))
    };
    config.has_group(key) || key_meaning(key, |bind| find(bind).is_some(), has_node).is_some()
}

fn expected(config: &BindsConfig, key: &str) -> String {
    let binds = config.binds.iter().map(|bind| bind.name.as_str());
    let default = config.binds.iter().filter(|bind| bind.name == DEFAULT_BIND);
    let nodes = default
        .flat_map(BindConfig::nodes)
        .map(|node| node.name.as_str());
    let known: Vec<&str> = binds
        .filter(|bind| group_of(bind).is_none())
        .chain(groups(config))
        .chain(nodes)
        .filter(|name| is_harmless(name))
        .collect();
    let one_of = one_of(known.iter().copied());
    format!("{one_of}, or a node as `bind.node`{}", hint(key, &known))
}

/// Each group once.
fn groups(config: &BindsConfig) -> Vec<&str> {
    let mut groups: Vec<_> = config.groups().collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}
