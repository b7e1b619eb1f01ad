use std::{
    collections::HashSet,
    hash::{BuildHasher, Hash, Hasher, RandomState},
};

use parking_lot::Mutex;
use sea_orm::DbBackend;

use crate::classify::key;

/// More texts than this are not told apart: an application that makes so many can't be helped by memory.
const MOST: usize = 65_536;

/// Texts of which something was learnt that must outlive the memo.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashSet<TextId>>);

/// Stands for a text, without what the memo's key leaves out: a trace id makes no other text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct TextId(u64);

/// Tells texts from one another, in a way that nobody who writes them can foresee.
#[derive(Debug, Default)]
pub(super) struct TextIds(RandomState);

impl TextIds {
    pub(super) fn of(&self, backend: DbBackend, sql: &str) -> TextId {
        let mut hasher = self.0.build_hasher();
        backend.as_str().hash(&mut hasher);
        key(backend, sql).hash(&mut hasher);
        TextId(hasher.finish())
    }
}

impl Texts {
    pub(super) fn contains(&self, text: TextId) -> bool {
        self.0.lock().contains(&text)
    }

    /// True the first time.
    pub(super) fn insert(&self, text: TextId) -> bool {
        let mut texts = self.0.lock();
        if texts.len() >= MOST {
            texts.clear();
        }
        texts.insert(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_makes_no_other_text() {
        let (ids, texts) = (TextIds::default(), Texts::default());
        let id = |sql| ids.of(DbBackend::Postgres, sql);
        assert!(texts.insert(id("SELECT f() /* trace='1' */")));
        assert!(!texts.insert(id("/* trace='2' */ SELECT f()")));
        assert!(texts.contains(id("SELECT f()")));
        assert!(!texts.contains(id("SELECT '/* a' AS a -- */")));
        assert!(!texts.contains(ids.of(DbBackend::MySql, "SELECT f()")));
    }
}
