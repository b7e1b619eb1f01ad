use super::{
    reader::{Entry, Reader},
    section::{Section, named},
    tree::Content,
};
use crate::config::{IdleConfig, options::OptionGroup};

/// What makes a mapping a group.
const KEYS: &[&str] = &["shards", "template"];
const GROUP: &str = "a mapping with `shards`, `template` or both";
const SHARDS: &str = "a mapping of names to shards, each like a bind";

/// A group of binds, as far as it is read.
pub(super) struct Group<'t> {
    pub(super) shards: Vec<(&'t str, Entry<'t>)>,
    /// What the other shards are made of.
    pub(super) template: Option<Entry<'t>>,
    /// What holds for each of them, unless it says itself.
    pub(super) idle: IdleConfig,
}

/// The group at `entry`; `None` if that is a bind.
pub(super) fn group<'t>(reader: &mut Reader<'_>, entry: &Entry<'t>) -> Option<Group<'t>> {
    let Content::Mapping(pairs) = &entry.tree.content else {
        return None;
    };
    let is_key = |text: &str| KEYS.contains(&text);
    let is_group = pairs
        .iter()
        .any(|(key, _)| matches!(&key.content, Content::Text(text) if is_key(text)));
    if !is_group {
        return None;
    }
    let nothing = Group {
        shards: Vec::new(),
        template: None,
        idle: IdleConfig::new(),
    };
    let keys = [KEYS, &IdleConfig::keys()].concat();
    let Some(section) = Section::read(reader, entry.clone(), GROUP, &keys) else {
        return Some(nothing);
    };
    let idle = idle(reader, &section);
    let shards = section.get(reader, "shards");
    let shards = shards.map(|shards| named(reader, &shards, SHARDS).unwrap_or_default());
    Some(Group {
        shards: shards.unwrap_or_default(),
        template: section.get(reader, "template"),
        idle,
    })
}

/// The options of the group; what can't be is reported here, once for all of its shards.
fn idle(reader: &mut Reader<'_>, section: &Section<'_>) -> IdleConfig {
    let idle: IdleConfig = section.options(reader);
    let wrong = idle.wrong();
    for (key, wrong) in &wrong {
        if let Some(entry) = section.get(reader, key) {
            reader.report(
                entry.line,
                &entry.path,
                wrong.found.clone(),
                wrong.expected.clone(),
            );
        }
    }
    match wrong.is_empty() {
        true => idle,
        false => IdleConfig::new(),
    }
}
