use super::{
    reader::{Entry, Reader},
    section::{Section, named},
    tree::Content,
};

const KEYS: &[&str] = &["shards", "template"];
const GROUP: &str = "a mapping with `shards`, `template` or both";
const SHARDS: &str = "a mapping of names to shards, each like a bind";

/// A group of binds, as far as it is read.
pub(super) struct Group<'t> {
    pub(super) shards: Vec<(&'t str, Entry<'t>)>,
    /// What the other shards are made of.
    pub(super) template: Option<Entry<'t>>,
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
    };
    let Some(section) = Section::read(reader, entry.clone(), GROUP, KEYS) else {
        return Some(nothing);
    };
    let shards = section.get(reader, "shards");
    let shards = shards.map(|shards| named(reader, &shards, SHARDS).unwrap_or_default());
    Some(Group {
        shards: shards.unwrap_or_default(),
        template: section.get(reader, "template"),
    })
}
