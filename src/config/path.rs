use super::quote::is_harmless;

/// Path to a value: one form to find it again, another to show it.
///
/// Binds and slaves are found by their position, as names may be wrong or double, and shown by their name.
#[derive(Clone)]
pub(super) struct KeyPath {
    pub(super) exact: String,
    pub(super) shown: String,
}

impl KeyPath {
    /// The whole configuration.
    pub(super) fn root() -> Self {
        Self {
            exact: String::new(),
            shown: String::new(),
        }
    }

    /// All binds.
    pub(super) fn binds() -> Self {
        Self::root().child("binds")
    }

    /// The templates of all groups.
    pub(super) fn templates() -> Self {
        Self {
            exact: ".templates".to_owned(),
            shown: "binds".to_owned(),
        }
    }

    /// Something of the code: no place in a file.
    pub(super) fn of_code(shown: String) -> Self {
        Self {
            exact: shown.clone(),
            shown,
        }
    }

    pub(super) fn child(&self, key: &str) -> Self {
        self.written(key, key)
    }

    /// A child that the file calls `written`.
    pub(super) fn written(&self, key: &str, written: &str) -> Self {
        Self {
            exact: format!("{}.{key}", self.exact),
            shown: joined(&self.shown, written),
        }
    }

    /// A child that the file leaves out, giving its value in place of this one.
    pub(super) fn implied(&self, key: &str) -> Self {
        Self {
            exact: format!("{}.{key}", self.exact),
            shown: self.shown.clone(),
        }
    }

    /// The child at `index`, which has a name.
    pub(super) fn named(&self, index: usize, name: &str) -> Self {
        Self {
            exact: format!("{}[{index}]", self.exact),
            shown: joined(&self.shown, name),
        }
    }

    /// The child at `index`.
    pub(super) fn item(&self, index: usize) -> Self {
        Self {
            exact: format!("{}[{index}]", self.exact),
            shown: format!("{}[{index}]", self.shown),
        }
    }
}

fn joined(parent: &str, key: &str) -> String {
    let key = if is_harmless(key) { key } else { "…" };
    match parent {
        "" => key.to_owned(),
        parent => format!("{parent}.{key}"),
    }
}
