use super::{
    options::options,
    reader::{Entry, Reader},
    section::{Section, items, named},
    tree::Content,
};
use crate::config::{
    BindConfig, FailoverConfig, IdleConfig, NodeConfig, PoolConfig, ReadsConfig, Within,
    bind::MASTER_NODE,
    node::DEFAULT_WEIGHT,
    options::{OptionGroup, OptionType, TABLE, URL},
};

/// Keys of a bind beside its options.
const BIND_KEYS: &[&str] = &[
    "master",
    "primary",
    "slaves",
    "replicas",
    "tables",
    "pool",
    "within",
    "schema",
    "database",
    "settings_from_scope",
];
const MASTER_KEYS: &[&str] = &["url", "pool"];
const SLAVE_KEYS: &[&str] = &["url", "weight", "pool"];

const BIND: &str = "a URL, or a mapping with `master`";
const SETTINGS: &str = "a list of names of settings";
const NODE: &str = "a URL, or a mapping with `url`";
const SLAVES: &str = "a mapping of names to slaves, or a list of slaves";
const TABLES: &str = "a list of table names and patterns";
pub(super) const POOL: &str = "a mapping of pool options";

/// A bind: the URL of its only database, or a mapping.
pub(super) fn bind(reader: &mut Reader<'_>, name: &str, entry: Entry<'_>) -> BindConfig {
    if let Content::Text(_) = entry.tree.content {
        let path = entry.path.implied("master").implied("url");
        let url = url(reader, &Entry { path, ..entry });
        return BindConfig::new(name, url);
    }
    let options = [
        ReadsConfig::keys(),
        FailoverConfig::keys(),
        IdleConfig::keys(),
    ]
    .concat();
    let keys = [BIND_KEYS, &options].concat();
    let Some(section) = Section::read(reader, entry, BIND, &keys) else {
        return BindConfig::new(name, "");
    };
    let within = within(reader, &section);
    BindConfig {
        name: name.to_owned(),
        master: match within {
            Some(_) => NodeConfig::new(MASTER_NODE, ""),
            None => master(reader, &section),
        },
        within,
        settings_from_scope: section.texts(
            reader,
            "settings_from_scope",
            SETTINGS,
            &String::SCALAR,
        ),
        slaves: slaves(reader, &section),
        tables: tables(reader, &section),
        pool: pool_of(reader, &section),
        reads: section.options(reader),
        failover: section.options(reader),
        idle: section.options(reader),
    }
}

/// On whose servers the bind is, if it says that it has none of its own.
fn within(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Within> {
    let bind = section.value(reader, "within", &String::SCALAR);
    let schema = section.value(reader, "schema", &String::SCALAR);
    let database = section.value(reader, "database", &String::SCALAR);
    let Some(bind) = bind else {
        if schema.is_some() || database.is_some() {
            reader.missing(
                &section.entry,
                "within",
                "the name of the bind whose servers it is on",
            );
        }
        return None;
    };
    for own in ["master", "primary"] {
        if let Some(entry) = section.get(reader, own) {
            let expected = "no servers of its own beside `within`";
            reader.report(entry.line, &entry.path, format!("`{own}`"), expected);
        }
    }
    Some(Within {
        bind,
        schema,
        database,
    })
}

fn master(reader: &mut Reader<'_>, section: &Section<'_>) -> NodeConfig {
    match section.get_either(reader, "master", "primary") {
        Some(entry) => node(reader, MASTER_NODE, entry, MASTER_KEYS),
        None => {
            reader.missing(&section.entry, "master", NODE);
            NodeConfig::new(MASTER_NODE, "")
        }
    }
}

fn slaves(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<NodeConfig> {
    let Some(entry) = section.get_either(reader, "slaves", "replicas") else {
        return Vec::new();
    };
    let slaves = match entry.tree.content {
        Content::List(_) => numbered(reader, &entry),
        _ => named(reader, &entry, SLAVES).map(|slaves| {
            slaves
                .into_iter()
                .map(|(name, entry)| (name.to_owned(), entry))
                .collect()
        }),
    };
    let slaves: Vec<(String, Entry<'_>)> = slaves.unwrap_or_default();
    slaves
        .into_iter()
        .map(|(name, entry)| node(reader, &name, entry, SLAVE_KEYS))
        .collect()
}

/// The slaves of a list get the names slave-1, slave-2, …
fn numbered<'t>(reader: &mut Reader<'_>, entry: &Entry<'t>) -> Option<Vec<(String, Entry<'t>)>> {
    let name = |index: usize| format!("slave-{}", index + 1);
    let path = |index: usize| entry.path.named(index, &name(index));
    let slaves = items(reader, entry, SLAVES, path)?;
    Some(
        slaves
            .into_iter()
            .enumerate()
            .map(|(index, slave)| (name(index), slave))
            .collect(),
    )
}

fn node(reader: &mut Reader<'_>, name: &str, entry: Entry<'_>, keys: &[&str]) -> NodeConfig {
    if let Content::Text(_) = entry.tree.content {
        let path = entry.path.implied("url");
        return NodeConfig::new(name, url(reader, &Entry { path, ..entry }));
    }
    let Some(section) = Section::read(reader, entry, NODE, keys) else {
        return NodeConfig::new(name, "");
    };
    let url = section.get(reader, "url").map(|entry| url(reader, &entry));
    if url.is_none() {
        reader.missing(&section.entry, "url", "a URL");
    }
    NodeConfig {
        name: name.to_owned(),
        url: url.unwrap_or_default().into(),
        weight: section
            .value(reader, "weight", &u32::SCALAR)
            .unwrap_or(DEFAULT_WEIGHT),
        pool: pool_of(reader, &section),
    }
}

fn url(reader: &mut Reader<'_>, entry: &Entry<'_>) -> String {
    reader.scalar(entry, &URL).unwrap_or_default()
}

/// An unreadable table keeps its position, by which the others are found.
fn tables(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<String> {
    section.texts(reader, "tables", TABLES, &TABLE)
}

fn pool_of(reader: &mut Reader<'_>, section: &Section<'_>) -> PoolConfig {
    let entry = section.get(reader, "pool");
    options(reader, entry, POOL)
}
