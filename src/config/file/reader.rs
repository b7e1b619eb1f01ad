use super::{
    place::Places,
    tree::{Content, Tree},
    variable::Expansion,
};
use crate::config::{ConfigProblem, options::Scalar, path::KeyPath, quote::quoted};

/// Turns values of the tree into those of the configuration, and collects what is wrong with them.
pub(super) struct Reader<'e> {
    environment: &'e dyn Fn(&str) -> Option<String>,
    pub(super) places: Places,
    pub(super) problems: Vec<ConfigProblem>,
    /// Exact paths of values that stand in for unreadable ones.
    pub(super) unreadable: Vec<String>,
}

/// A value at its path, with the line of its key.
#[derive(Clone)]
pub(super) struct Entry<'t> {
    pub(super) path: KeyPath,
    pub(super) line: u64,
    pub(super) tree: &'t Tree,
}

impl<'e> Reader<'e> {
    pub(super) fn new(environment: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            environment,
            places: Places::default(),
            problems: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// A scalar of this type, or nothing and a problem.
    pub(super) fn scalar<T>(&mut self, entry: &Entry<'_>, scalar: &Scalar<T>) -> Option<T> {
        let expected = scalar.shape.expected();
        let Content::Text(template) = &entry.tree.content else {
            self.wrong_type(entry, &expected);
            return None;
        };
        let expansion = Expansion::new(template, self.environment);
        self.places
            .note(&entry.path, entry.tree.line, expansion.variables.clone());
        if !expansion.faults.is_empty() {
            self.unexpanded(entry, &expansion);
            return None;
        }
        let value = (scalar.parse)(&expansion.text);
        if value.is_none() {
            self.refuse(entry, described(&expansion), &expected);
        }
        value
    }

    /// Reports a value that has the wrong type, without showing it.
    pub(super) fn wrong_type(&mut self, entry: &Entry<'_>, expected: &str) {
        let found = match entry.tree.content {
            Content::Nothing => "nothing",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Mapping(_) => "a mapping",
        };
        self.refuse(entry, found, expected);
    }

    /// Reports that a value which must be there is missing from the mapping at `entry`.
    pub(super) fn missing(&mut self, entry: &Entry<'_>, key: &str, expected: &str) {
        let path = entry.path.child(key);
        self.report(entry.line, &path, format!("no `{key}`"), expected);
        self.unreadable.push(path.exact);
    }

    pub(super) fn report(
        &mut self,
        line: u64,
        path: &KeyPath,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.problems.push(ConfigProblem {
            line: Some(line),
            key: path.shown.clone(),
            found: found.into(),
            expected: expected.into(),
        });
    }

    fn refuse(&mut self, entry: &Entry<'_>, found: impl Into<String>, expected: &str) {
        self.report(entry.tree.line, &entry.path, found, expected);
        self.unreadable.push(entry.path.exact.clone());
    }

    fn unexpanded(&mut self, entry: &Entry<'_>, expansion: &Expansion) {
        for fault in &expansion.faults {
            self.report(
                entry.tree.line,
                &entry.path,
                fault.found(),
                fault.expected(),
            );
        }
        self.unreadable.push(entry.path.exact.clone());
    }
}

fn described(expansion: &Expansion) -> String {
    match expansion.variables.as_slice() {
        [] => quoted(&expansion.text),
        variables => Expansion::named(variables),
    }
}
