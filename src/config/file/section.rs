use super::{
    reader::{Entry, Reader},
    tree::{Content, Tree},
};
use crate::config::{
    options::{OptionGroup, Scalar, Scalars},
    path::KeyPath,
    quote::{hint, is_harmless, one_of},
};

/// A mapping whose keys are fixed.
pub(super) struct Section<'t> {
    /// The mapping itself.
    pub(super) entry: Entry<'t>,
    options: Vec<(&'t str, u64, &'t Tree)>,
}

impl<'t> Section<'t> {
    /// The mapping at `entry`; reports its unknown and double keys.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        entry: Entry<'t>,
        expected: &str,
        known: &[&str],
    ) -> Option<Self> {
        let mut options: Vec<(&str, u64, &Tree)> = Vec::new();
        for (key, line, tree) in pairs(reader, &entry, expected)? {
            let path = entry.path.child(key);
            if !known.contains(&key) {
                reader.report(line, &path, unknown(key), expected_key(key, known));
            } else if let Some((_, first, _)) = options.iter().find(|(seen, ..)| *seen == key) {
                let found = format!("a second `{key}`, after that on line {first}");
                reader.report(line, &path, found, format!("one `{key}`"));
            } else {
                options.push((key, line, tree));
            }
        }
        Some(Self { entry, options })
    }

    /// The value of `key`.
    pub(super) fn get(&self, reader: &mut Reader<'_>, key: &str) -> Option<Entry<'t>> {
        self.written(reader, key, key)
    }

    /// The value of `key`, which may also be called `alias`, but not both.
    pub(super) fn get_either(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        alias: &str,
    ) -> Option<Entry<'t>> {
        let own = self.get(reader, key);
        let Some(other) = self.written(reader, key, alias) else {
            return own;
        };
        let Some(own) = own else {
            return Some(other);
        };
        let (first, second) = if own.line <= other.line {
            (own, other)
        } else {
            (other, own)
        };
        let found = format!("`{key}` and `{alias}`, which mean the same");
        reader.report(second.line, &second.path, found, "one of them");
        Some(first)
    }

    /// The scalar at `key`.
    pub(super) fn value<T>(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        scalar: &Scalar<T>,
    ) -> Option<T> {
        let entry = self.get(reader, key)?;
        reader.scalar(&entry, scalar)
    }

    /// The options of a group, which may stand among others.
    pub(super) fn options<G: OptionGroup>(&self, reader: &mut Reader<'_>) -> G {
        G::read(&mut Options {
            section: self,
            reader,
        })
    }

    /// The scalars in the list at `key`.
    pub(super) fn texts(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        expected: &str,
        scalar: &Scalar<String>,
    ) -> Vec<String> {
        let Some(entry) = self.get(reader, key) else {
            return Vec::new();
        };
        let items = items(reader, &entry, expected, |index| entry.path.item(index));
        let items = items.unwrap_or_default().into_iter();
        items
            .map(|item| reader.scalar(&item, scalar).unwrap_or_default())
            .collect()
    }

    fn written(&self, reader: &mut Reader<'_>, key: &str, written: &str) -> Option<Entry<'t>> {
        let &(_, line, tree) = self.options.iter().find(|(name, ..)| *name == written)?;
        let path = self.entry.path.written(key, written);
        reader.places.note(&path, line, Vec::new());
        Some(Entry { path, line, tree })
    }
}

struct Options<'o, 't, 'e> {
    section: &'o Section<'t>,
    reader: &'o mut Reader<'e>,
}

impl Scalars for Options<'_, '_, '_> {
    fn scalar<T>(&mut self, key: &str, scalar: &Scalar<T>) -> Option<T> {
        self.section.value(self.reader, key, scalar)
    }
}

/// The values of a mapping whose keys are names, all of them, with those names.
pub(super) fn named<'t>(
    reader: &mut Reader<'_>,
    entry: &Entry<'t>,
    expected: &str,
) -> Option<Vec<(&'t str, Entry<'t>)>> {
    let pairs = pairs(reader, entry, expected)?;
    let named = pairs
        .into_iter()
        .enumerate()
        .map(|(index, (name, line, tree))| {
            let path = entry.path.named(index, name);
            reader.places.note(&path, line, Vec::new());
            (name, Entry { path, line, tree })
        });
    Some(named.collect())
}

/// The values of a list.
pub(super) fn items<'t>(
    reader: &mut Reader<'_>,
    entry: &Entry<'t>,
    expected: &str,
    path: impl Fn(usize) -> KeyPath,
) -> Option<Vec<Entry<'t>>> {
    let Content::List(trees) = &entry.tree.content else {
        reader.wrong_type(entry, expected);
        return None;
    };
    let items = trees.iter().enumerate().map(|(index, tree)| {
        let path = path(index);
        reader.places.note(&path, tree.line, Vec::new());
        let line = tree.line;
        Entry { path, line, tree }
    });
    Some(items.collect())
}

fn pairs<'t>(
    reader: &mut Reader<'_>,
    entry: &Entry<'t>,
    expected: &str,
) -> Option<Vec<(&'t str, u64, &'t Tree)>> {
    let Content::Mapping(pairs) = &entry.tree.content else {
        reader.wrong_type(entry, expected);
        return None;
    };
    let text = pairs.iter().filter_map(|(key, value)| match &key.content {
        Content::Text(text) => Some((text.as_str(), key.line, value)),
        _ => {
            reader.report(key.line, &entry.path, "a key that is no text", expected);
            None
        }
    });
    Some(text.collect())
}

/// A key may be an address that lost its own key.
fn unknown(key: &str) -> String {
    match is_harmless(key) {
        true => format!("unknown key `{key}`"),
        false => "an unknown key that is not shown, as it may hold a password".to_owned(),
    }
}

fn expected_key(key: &str, known: &[&str]) -> String {
    format!("{}{}", one_of(known.iter().copied()), hint(key, known))
}
