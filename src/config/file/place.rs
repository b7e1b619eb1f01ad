use std::collections::HashMap;

use crate::config::path::KeyPath;

/// Where a value stands in the file.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) line: u64,
    /// Path to its key, in the file's own words.
    pub(super) shown: String,
    /// The variables that it came from.
    pub(super) variables: Vec<String>,
}

/// Where each value stands, by its exact path.
#[derive(Default)]
pub(super) struct Places(HashMap<String, Place>);

impl Places {
    pub(super) fn note(&mut self, path: &KeyPath, line: u64, variables: Vec<String>) {
        let place = Place {
            line,
            shown: path.shown.clone(),
            variables,
        };
        self.0.insert(path.exact.clone(), place);
    }

    /// The value's own place, else its path on the line of the closest value around it.
    pub(super) fn find(&self, path: &KeyPath) -> Option<Place> {
        if let Some(place) = self.0.get(&path.exact) {
            return Some(place.clone());
        }
        around(&path.exact)
            .find_map(|outer| self.0.get(outer))
            .map(|outer| Place {
                line: outer.line,
                shown: path.shown.clone(),
                variables: Vec::new(),
            })
    }
}

/// The paths of the values around that at `exact`, from the inside out.
pub(super) fn around(exact: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(outer(exact), |path| outer(path))
}

fn outer(exact: &str) -> Option<&str> {
    exact.rfind(['.', '[']).map(|end| &exact[..end])
}
