use super::Finding;
use crate::config::{
    BindConfig, BindsConfig, NodeConfig, Scheme,
    database_url::UrlFault,
    path::KeyPath,
    quote::{hint, is_harmless, one_of},
};

/// Every node has a URL that a driver can take, and the nodes of a bind are copies of one database.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    for (index, bind) in config.binds.iter().enumerate() {
        if bind.within.is_some() {
            continue;
        }
        of_bind(bind, &KeyPath::binds().named(index, &bind.name), findings);
    }
}

pub(super) fn of_bind(bind: &BindConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    {
        let master = path.child("master").child("url");
        one(&bind.master, &master, findings);
        if bind.master.url.is_in_memory() && !bind.slaves.is_empty() {
            findings.push(in_memory(master));
        }
        for (index, slave) in bind.slaves.iter().enumerate() {
            let path = path.child("slaves").named(index, &slave.name).child("url");
            one(slave, &path, findings);
            same_backend(bind, slave, &path, findings);
            if slave.url.is_in_memory() {
                findings.push(in_memory(path));
            }
        }
    }
}

const ENCODED: &str =
    "a URL with user name and password percent-encoded, such as `postgres://user@host/database`";

fn one(node: &NodeConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    if let Err(fault) = node.url.scheme() {
        findings.push(Finding::new(
            path.clone(),
            fault.to_string(),
            expected(&fault),
        ));
    }
    if let Some(found) = node.url.spilt() {
        // What looks like parameters may be the rest of a password.
        return findings.push(Finding::new(path.clone(), found, ENCODED));
    }
    for name in node.url.unknown_parameters() {
        let known = node
            .url
            .backend()
            .and_then(Scheme::parameters)
            .unwrap_or_default();
        let choices = one_of(known.iter().copied());
        let (found, expected) = match name.filter(|name| is_harmless(name)) {
            Some(name) => (
                format!("unknown parameter `{name}` in the URL"),
                format!("{choices}{}", hint(&name, known)),
            ),
            None => (
                "an unknown parameter in the URL, which is not shown as it may hold a password"
                    .to_owned(),
                format!("{choices}, with their values percent-encoded"),
            ),
        };
        findings.push(Finding::new(path.clone(), found, expected));
    }
}

fn expected(fault: &UrlFault) -> String {
    match fault {
        UrlFault::UnknownScheme(_) => one_of(Scheme::NAMES.iter().copied()),
        UrlFault::Malformed => ENCODED.to_owned(),
        UrlFault::Empty | UrlFault::NoScheme | UrlFault::NoPath | UrlFault::WhiteSpace => {
            "a URL such as `postgres://user@host/database` or `sqlite://data/app.db`".to_owned()
        }
    }
}

fn same_backend(
    bind: &BindConfig,
    slave: &NodeConfig,
    path: &KeyPath,
    findings: &mut Vec<Finding>,
) {
    let (Some(own), Some(master)) = (slave.url.backend(), bind.master.url.backend()) else {
        return;
    };
    if own != master {
        let expected = format!("{master}, like the master of the bind");
        findings.push(Finding::new(path.clone(), own.to_string(), expected));
    }
}

fn in_memory(path: KeyPath) -> Finding {
    let expected = "a file, as each connection to a database in memory has one of its own";
    Finding::new(path, "a database in memory in a bind with slaves", expected)
}
