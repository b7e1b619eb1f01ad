use super::{
    bind::{POOL, bind},
    group::group,
    options::{functions, options},
    place::around,
    reader::{Entry, Reader},
    section::{Section, named},
    tree::{Content, Tree},
    variable::Expansion,
    yaml,
};
use crate::config::{
    BindConfig, BindsConfig, ConfigProblem, IdleConfig,
    check::{About, Finding},
    path::KeyPath,
};
use crate::shard::ShardName;

const KEYS: &[&str] = &["binds", "pool", "routing", "functions"];
const FILE: &str = "a mapping with `binds`";
const BINDS: &str = "a mapping of names to binds";

/// A file that is YAML: what could be read of it, and what not.
pub(in crate::config) struct Document<'e> {
    pub(in crate::config) config: BindsConfig,
    reader: Reader<'e>,
}

impl<'e> Document<'e> {
    /// Reads the text of a file; fails if it is no YAML at all.
    pub(in crate::config) fn read(
        text: &str,
        environment: &'e dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigProblem> {
        let tree = yaml::parse(text)?;
        let mut reader = Reader::new(environment);
        let config = config(&mut reader, &tree);
        Ok(Self { config, reader })
    }

    /// The configuration, or the problems of the file: those met when it was read, and the findings that
    /// do not follow from them.
    pub(in crate::config) fn finish(
        self,
        findings: Vec<Finding>,
    ) -> Result<BindsConfig, Vec<ConfigProblem>> {
        let findings = findings
            .into_iter()
            .filter(|finding| !self.follows(finding));
        let findings: Vec<_> = findings.map(|finding| self.located(finding)).collect();
        let mut problems = self.reader.problems;
        problems.extend(findings);
        if problems.is_empty() {
            Ok(self.config)
        } else {
            Err(problems)
        }
    }

    fn follows(&self, finding: &Finding) -> bool {
        if finding.about == About::Key {
            return false;
        }
        let exact = finding.path.exact.as_str();
        let unreadable = |path: &str| self.reader.unreadable.iter().any(|other| other == path);
        unreadable(exact) || around(exact).any(unreadable)
    }

    fn located(&self, finding: Finding) -> ConfigProblem {
        let Some(place) = self.reader.places.find(&finding.path) else {
            return finding.without_line();
        };
        let hidden = finding.about == About::ShownValue && !place.variables.is_empty();
        ConfigProblem {
            line: Some(place.line),
            key: place.shown,
            found: if hidden {
                Expansion::named(&place.variables)
            } else {
                finding.found
            },
            expected: finding.expected,
        }
    }
}

fn config(reader: &mut Reader<'_>, tree: &Tree) -> BindsConfig {
    let path = KeyPath::root();
    let line = tree.line;
    if let Content::Nothing = tree.content {
        reader.report(line, &path, "an empty file", FILE);
        reader.unreadable.push(path.exact);
        return BindsConfig::default();
    }
    let Some(section) = Section::read(reader, Entry { path, line, tree }, FILE, KEYS) else {
        return BindsConfig::default();
    };
    let (binds, templates) = binds(reader, &section);
    let pool_entry = section.get(reader, "pool");
    let routing_entry = section.get(reader, "routing");
    let functions_entry = section.get(reader, "functions");
    BindsConfig {
        binds,
        templates,
        pool: options(reader, pool_entry, POOL),
        routing: options(reader, routing_entry, "a mapping of routing options"),
        functions: functions(reader, functions_entry),
    }
}

/// The binds, those of groups among them, and what the other shards of these are made of.
fn binds(reader: &mut Reader<'_>, section: &Section<'_>) -> (Vec<BindConfig>, Vec<BindConfig>) {
    let (mut binds, mut templates) = (Vec::new(), Vec::new());
    let Some(entry) = section.get(reader, "binds") else {
        reader.missing(&section.entry, "binds", BINDS);
        return (binds, templates);
    };
    let all = KeyPath::binds();
    for (name, entry) in named(reader, &entry, BINDS).unwrap_or_default() {
        let Some(group) = group(reader, &entry) else {
            binds.push(at(reader, &all.item(binds.len()), name, entry));
            continue;
        };
        for (shard, entry) in group.shards {
            let name = ShardName::of(name, shard);
            let shard = at(reader, &all.item(binds.len()), &name, entry);
            binds.push(with(shard, &group.idle));
        }
        if let Some(entry) = group.template {
            let path = KeyPath::templates().item(templates.len());
            templates.push(with(at(reader, &path, name, entry), &group.idle));
        }
    }
    (binds, templates)
}

/// The bind with what its group says.
fn with(bind: BindConfig, group: &IdleConfig) -> BindConfig {
    BindConfig {
        idle: bind.idle.or(group),
        ..bind
    }
}

/// The bind at an entry, found at its place among all binds: groups are none, and their shards are.
fn at(reader: &mut Reader<'_>, found_at: &KeyPath, name: &str, entry: Entry<'_>) -> BindConfig {
    let path = KeyPath {
        exact: found_at.exact.clone(),
        shown: entry.path.shown,
    };
    reader.places.note(&path, entry.line, Vec::new());
    bind(reader, name, Entry { path, ..entry })
}
