use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use parking_lot::Mutex;

/// More texts than this are not told apart: an application that makes so many can't be helped by memory.
const MOST: usize = 65_536;

/// Texts of which something was learnt that must outlive the memo.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashSet<u64>>);

impl Texts {
    pub(super) fn contains(&self, sql: &str) -> bool {
        self.0.lock().contains(&hash(sql))
    }

    /// True the first time.
    pub(super) fn insert(&self, sql: &str) -> bool {
        let mut texts = self.0.lock();
        if texts.len() >= MOST {
            texts.clear();
        }
        texts.insert(hash(sql))
    }
}

fn hash(sql: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    sql.hash(&mut hasher);
    hasher.finish()
}
