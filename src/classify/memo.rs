use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use sea_orm::DbBackend;

use super::key::key;

/// Longer texts are not stored: they are bulk statements whose text seldom comes again, and reading
/// them anew costs little next to running them.
const MAX_TEXT: usize = 16 * 1024;

/// What an entry costs besides its text: the cache's own bookkeeping, and what a value of the usual size owns.
const OVERHEAD: u64 = 512;

/// What an entry is assumed to weigh when the number of entries has to be guessed.
const TYPICAL_ENTRY: u64 = 512;

/// Remembers one value per text, in a bounded number of bytes.
///
/// White space and plain comments at the edges of a text make no difference. Texts of more than
/// 16 KiB are not stored. A hit allocates nothing but what cloning the value does.
pub struct Memo<V: Clone> {
    cache: Cache<Key, V, ByBytes>,
}

struct Key {
    backend: DbBackend,
    sql: Arc<str>,
}

/// A key that borrows the caller's text.
struct KeyRef<'a> {
    backend: DbBackend,
    sql: &'a str,
}

#[derive(Clone)]
struct ByBytes;

impl<V> Weighter<Key, V> for ByBytes {
    fn weight(&self, key: &Key, _value: &V) -> u64 {
        let fixed = u64::try_from(size_of::<Key>() + size_of::<V>()).unwrap_or(u64::MAX);
        let text = u64::try_from(key.sql.len()).unwrap_or(u64::MAX);
        text.saturating_add(fixed).saturating_add(OVERHEAD)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.sql.as_bytes());
        state.write_u8(tag(self.backend));
    }
}

/// `DbBackend` has no hash of its own.
fn tag(backend: DbBackend) -> u8 {
    match backend {
        DbBackend::MySql => 0,
        DbBackend::Postgres => 1,
        _ => 2,
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        other.borrowed().equivalent(self)
    }
}

impl Eq for Key {}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.backend == key.backend && *self.sql == *key.sql
    }
}

impl Key {
    fn borrowed(&self) -> KeyRef<'_> {
        KeyRef {
            backend: self.backend,
            sql: &self.sql,
        }
    }
}

impl<V: Clone> Memo<V> {
    /// An empty memo that grows to about `max_bytes`.
    pub fn new(max_bytes: u64) -> Self {
        let entries = usize::try_from(max_bytes / TYPICAL_ENTRY).unwrap_or(usize::MAX);
        Self {
            cache: Cache::with_weighter(entries.max(1), max_bytes, ByBytes),
        }
    }

    /// The value of a text.
    pub fn get(&self, backend: DbBackend, sql: &str) -> Option<V> {
        let sql = key(backend, sql);
        if sql.len() > MAX_TEXT {
            return None;
        }
        self.cache.get(&KeyRef { backend, sql })
    }

    /// Stores the value of a text, which `value` makes of the text as it is stored: of none if it is too long for that.
    pub fn insert(
        &self,
        backend: DbBackend,
        sql: &str,
        value: impl FnOnce(Option<&Arc<str>>) -> V,
    ) -> V {
        let sql = key(backend, sql);
        if sql.len() > MAX_TEXT {
            return value(None);
        }
        let sql: Arc<str> = sql.into();
        let value = value(Some(&sql));
        self.cache.insert(Key { backend, sql }, value.clone());
        value
    }

    /// How many texts are stored.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// How many bytes the stored texts and values take, by the memo's own account.
    pub fn weight(&self) -> u64 {
        self.cache.weight()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }

    /// Forgets everything, for when what is known about functions has changed.
    pub fn clear(&self) {
        self.cache.clear();
    }
}

impl<V: Clone> fmt::Debug for Memo<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo")
            .field("len", &self.len())
            .field("weight", &self.cache.weight())
            .finish()
    }
}
