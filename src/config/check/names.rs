use super::{About, Finding};
use crate::config::{
    BindConfig, BindsConfig, NodeConfig,
    bind::{DEFAULT_BIND, MASTER_NODE},
    path::KeyPath,
    quote::{is_harmless, quoted},
};
use crate::shard::{group_of, is_shard_name};

/// Names must tell binds and nodes apart, in bind keys too.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    default_exists(config, findings);
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name);
        match group_of(&bind.name) {
            Some((group, shard)) => {
                characters(group, &path, findings);
                of_shard(shard, &path, findings);
                of_group(config, group, &path, findings);
            }
            None => characters(&bind.name, &path, findings),
        }
        if config.binds[..index]
            .iter()
            .any(|other| other.name == bind.name)
        {
            findings.push(Finding::new(
                path.clone(),
                twice(&bind.name),
                "each bind once",
            ));
        }
        unambiguous(config, bind, &path, findings);
        nodes(bind, &path, findings);
    }
}

/// A group is called like no bind, so that a key means one or the other.
fn of_group(config: &BindsConfig, group: &str, path: &KeyPath, findings: &mut Vec<Finding>) {
    let default = config.binds.iter().find(|bind| bind.name == DEFAULT_BIND);
    let is_node = default.is_some_and(|bind| bind.nodes().any(|node| node.name == group));
    if is_node || config.binds.iter().any(|bind| bind.name == group) {
        let found = format!("group {}", quoted(group));
        let expected = "another name, as a bind, or a node of `default`, has this one";
        findings.push(of_key(path, found, expected));
    }
}

pub(super) fn of_template(
    config: &BindsConfig,
    template: &BindConfig,
    path: &KeyPath,
    findings: &mut Vec<Finding>,
) {
    characters(&template.name, path, findings);
    of_group(config, &template.name, path, findings);
    nodes(template, path, findings);
}

fn of_shard(shard: &str, path: &KeyPath, findings: &mut Vec<Finding>) {
    if !is_shard_name(shard) {
        let expected = "a name of letters, digits, `_` and `-`, 63 of them at most";
        findings.push(of_key(path, shown(shard), expected));
    }
}

fn default_exists(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let mut names = config.binds.iter().map(|bind| bind.name.as_str());
    if names.clone().any(|name| name == DEFAULT_BIND) {
        return;
    }
    let found = match names.next() {
        None => "no bind".to_owned(),
        Some(_) => format!("no bind `{DEFAULT_BIND}`"),
    };
    let expected = format!("a bind `{DEFAULT_BIND}`, which serves entities without a bind key");
    findings.push(Finding::new(KeyPath::binds(), found, expected));
}

fn characters(name: &str, path: &KeyPath, findings: &mut Vec<Finding>) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        let expected = "a name of letters, digits, `_` and `-`";
        findings.push(of_key(path, shown(name), expected));
    }
}

/// Names are keys in the file, so what does not look like one is not repeated.
fn shown(name: &str) -> String {
    match name {
        "" => "an empty name".to_owned(),
        name if is_harmless(name) => format!("`{name}`"),
        _ => "a name that is not shown, as it may hold a password".to_owned(),
    }
}

/// A bind key without a dot is a bind, or a node of the default bind.
fn unambiguous(
    config: &BindsConfig,
    bind: &BindConfig,
    path: &KeyPath,
    findings: &mut Vec<Finding>,
) {
    let default = config.binds.iter().find(|other| other.name == DEFAULT_BIND);
    let slave = |default: &BindConfig| default.slaves.iter().any(|node| node.name == bind.name);
    let node = match bind.name.as_str() {
        MASTER_NODE => "the master",
        _ if default.is_some_and(slave) => "a slave",
        _ => return,
    };
    let found = quoted(&bind.name);
    let expected = format!("another name, as in bind keys {found} is {node} of `{DEFAULT_BIND}`");
    findings.push(of_key(path, found, expected));
}

fn nodes(bind: &BindConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    if bind.master.name != MASTER_NODE {
        let found = shown(&bind.master.name);
        findings.push(Finding::new(
            path.child("master"),
            found,
            "the name `master`",
        ));
    }
    for (index, slave) in bind.slaves.iter().enumerate() {
        let path = path.child("slaves").named(index, &slave.name);
        characters(&slave.name, &path, findings);
        if let Some((found, expected)) = taken(&slave.name, &bind.slaves[..index]) {
            findings.push(of_key(&path, found, expected));
        }
    }
}

fn taken(name: &str, before: &[NodeConfig]) -> Option<(String, &'static str)> {
    if name == MASTER_NODE {
        return Some((quoted(name), "another name, as the master has this one"));
    }
    let double = before.iter().any(|slave| slave.name == name);
    double.then(|| (twice(name), "each slave once"))
}

fn twice(name: &str) -> String {
    format!("{} a second time", shown(name))
}

fn of_key(path: &KeyPath, found: String, expected: impl Into<String>) -> Finding {
    Finding::new(path.clone(), found, expected).about(About::Key)
}
