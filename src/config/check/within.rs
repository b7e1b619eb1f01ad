use super::{About, Finding};
use crate::config::{
    BindConfig, BindsConfig, FailoverConfig, PoolConfig, Pooler, ReadsConfig, Scheme,
    path::KeyPath, quote::quoted,
};

/// Binds on the servers of others have a place there, and nothing that only servers of their own could have; values of the scope
/// are set where that can be.
pub(super) fn check(config: &BindsConfig, whole: &BindsConfig, findings: &mut Vec<Finding>) {
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name);
        of_bind(config, whole, bind, &path, findings);
        settings(config, bind, &path, findings);
        if config.shares_place(bind) {
            let found = "the place of another bind";
            findings.push(Finding::new(path, found, "a schema or database of its own"));
        }
    }
    for (index, template) in config.templates.iter().enumerate() {
        let path = KeyPath::templates().named(index, &template.name);
        of_bind(config, whole, template, &path, findings);
        settings(config, template, &path, findings);
        let Some(within) = &template.within else {
            continue;
        };
        if template.made_for("a", "a").within == template.made_for("b", "b").within {
            let found = format!("a place without `{{key}}` in {}", quoted(&within.bind));
            let expected =
                "`{key}` in its `schema` or `database`, as each shard has one of its own";
            findings.push(Finding::new(path, found, expected));
        }
    }
}

fn of_bind(
    config: &BindsConfig,
    whole: &BindsConfig,
    bind: &BindConfig,
    path: &KeyPath,
    findings: &mut Vec<Finding>,
) {
    let Some(within) = &bind.within else {
        return;
    };
    let has_own = !bind.slaves.is_empty()
        || !bind.master.url.expose().is_empty()
        || bind.pool != PoolConfig::default()
        || bind.reads != ReadsConfig::default()
        || bind.failover != FailoverConfig::default();
    if has_own {
        let found = "servers or options of its own in a bind that is within another one";
        let expected = "`within` with `schema` or `database`, and perhaps `tables`";
        findings.push(Finding::new(path.clone(), found, expected));
    }
    let key = path.child("within");
    let Some(host) = config.host_of(bind) else {
        let is_given = whole.binds.iter().any(|host| host.name == within.bind);
        let found = match is_given {
            true => "a bind that is within another one, or was given as connections",
            false => "an unknown bind",
        };
        let expected = "the name of a bind that has addresses of its own";
        findings.push(Finding::new(key, found, expected));
        return;
    };
    let (wrong, expected) = match host.master.url.backend() {
        Some(Scheme::Postgres) => (within.schema.is_none(), "a `schema`, as it is PostgreSQL"),
        Some(Scheme::MySql) => (within.database.is_none(), "a `database`, as it is MySQL"),
        Some(Scheme::Sqlite) => (
            true,
            "a bind of PostgreSQL or MySQL, as a file has one database",
        ),
        // Its address can't be read.
        None => (false, ""),
    };
    if wrong {
        let found = format!("within {}", quoted(&host.name));
        findings.push(Finding::new(key.clone(), found, expected).about(About::ShownValue));
    } else if let Some(fault) = bind.made_for("a", "a").within.and_then(|made| made.fault()) {
        let key = match within.schema {
            Some(_) => path.child("schema"),
            None => path.child("database"),
        };
        findings.push(Finding::new(key, fault, "a name that the server takes"));
    }
    of_host(config, host, &key, findings);
}

/// What its host must have so that a place can be set, and taken back.
fn of_host(config: &BindsConfig, host: &BindConfig, key: &KeyPath, findings: &mut Vec<Finding>) {
    if host.master.url.backend() != Some(Scheme::MySql) {
        return;
    }
    if !host.nodes().all(|node| node.url.database().is_some()) {
        let expected = "a bind whose URLs name a database, to which its own statements go back";
        findings.push(Finding::new(
            key.clone(),
            "a bind without a database",
            expected,
        ));
    }
    let is_shared = |node| config.effective_pool(host, node).pooler == Some(Pooler::Transaction);
    if host.nodes().any(is_shared) {
        let expected = "a bind without it: MySQL has no `USE` that ends with its transaction";
        findings.push(Finding::new(
            key.clone(),
            "a bind with `pooler: transaction`",
            expected,
        ));
    }
}

fn settings(config: &BindsConfig, bind: &BindConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    let path = path.child("settings_from_scope");
    if bind.settings_from_scope.is_empty() {
        return;
    }
    if bind.within.is_some() {
        let expected = "them at the bind whose connections are shared";
        findings.push(Finding::new(
            path,
            "settings of a bind within another one",
            expected,
        ));
        return;
    }
    let _ = config;
    if bind
        .master
        .url
        .backend()
        .is_some_and(|own| own != Scheme::Postgres)
    {
        let found = "settings for row-level security";
        findings.push(Finding::new(path, found, "a bind that is PostgreSQL"));
        return;
    }
    for (index, name) in bind.settings_from_scope.iter().enumerate() {
        if !is_custom(name) {
            let expected = "the name of a setting of yours with a prefix, such as `app.tenant`";
            let found = "a text that is none";
            findings.push(Finding::new(path.item(index), found, expected));
        }
    }
}

/// Whether PostgreSQL takes it for a setting that an application may make up.
fn is_custom(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name.len() <= 63 && name.contains('.') && name.split('.').all(is_word)
}
