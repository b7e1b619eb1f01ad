use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};

use super::SessionId;
use crate::freshness::Moment;

/// A power of two, so that tasks on all cores seldom meet at one lock.
const SHARDS: usize = 16;

/// Entries of a shard below which forgetting is not worth the walk.
const FEW: usize = 64;

/// Entries of a shard at most, as a rule. With more, what is forgotten is taken to be of all sessions.
const MOST: usize = 8_192;

/// What is remembered of sessions, for as long as it matters to what they may read from slaves.
#[derive(Debug)]
pub(super) struct Shards<V> {
    /// Microseconds. What is older matters to nobody: no slave that is so far behind is in the rotation.
    horizon: AtomicU64,
    shards: [Mutex<Shard<V>>; SHARDS],
}

#[derive(Debug)]
pub(super) struct Shard<V> {
    pub(super) sessions: HashMap<SessionId, V, BuildHasherDefault<Mixing>>,
    /// Number of entries at which to look for those that no longer matter.
    crowded: usize,
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self {
            sessions: HashMap::default(),
            crowded: 0,
        }
    }
}

/// Numbers of sessions differ, and nobody chooses them.
#[derive(Debug, Default)]
pub(super) struct Mixing(u64);

impl Hasher for Mixing {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl<V> Shards<V> {
    pub(super) fn new(horizon: Duration) -> Self {
        Self {
            horizon: AtomicU64::new(microseconds(horizon)),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(super) fn horizon(&self) -> Duration {
        Duration::from_micros(self.horizon.load(Ordering::Relaxed))
    }

    /// Remembers longer, if `horizon` is further away.
    pub(super) fn extend_to(&self, horizon: Duration) {
        self.horizon
            .fetch_max(microseconds(horizon), Ordering::Relaxed);
    }

    /// The shard of a session, locked.
    pub(super) fn of(&self, session: SessionId) -> MutexGuard<'_, Shard<V>> {
        // The remainder is below the number of shards.
        let index = (session.mixed() as usize) % SHARDS;
        self.shards[index].lock()
    }

    /// What is remembered of a session.
    pub(super) fn get(&self, session: SessionId) -> Option<V>
    where
        V: Copy,
    {
        self.of(session).sessions.get(&session).copied()
    }

    /// Keeps what is to be kept.
    pub(super) fn retain(&self, is_kept: impl Fn(&V) -> bool) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.sessions.retain(|_, value| is_kept(value));
        }
    }

    /// Whether there is such a one.
    pub(super) fn any(&self, is_one: impl Fn(&V) -> bool) -> bool {
        let mut shards = self.shards.iter();
        shards.any(|shard| shard.lock().sessions.values().any(&is_one))
    }
}

impl<V> Shard<V> {
    /// A crowded shard forgets what `is_over`; one that is full then forgets all that `may_go`. Returns the last moment
    /// that was forgotten.
    pub(super) fn tidy(
        &mut self,
        moment: impl Fn(&V) -> Moment,
        is_over: impl Fn(&V) -> bool,
        may_go: impl Fn(&V) -> bool,
    ) -> Option<Moment> {
        if self.sessions.len() < self.crowded.max(FEW) {
            return None;
        }
        let over = self.sessions.extract_if(|_, value| is_over(value));
        let mut forgotten = over.map(|(_, value)| moment(&value)).max();
        if self.sessions.len() >= MOST {
            let gone = self.sessions.extract_if(|_, value| may_go(value));
            forgotten = gone.map(|(_, value)| moment(&value)).max().max(forgotten);
        }
        self.crowded = self.sessions.len() * 2;
        forgotten
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
impl<V> Shards<V> {
    pub(super) const FEW_OF_ALL: usize = FEW * SHARDS;
    pub(super) const MOST_OF_ALL: usize = MOST * SHARDS;

    /// How many sessions something is remembered of.
    pub(super) fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| shard.lock().sessions.len()).sum()
    }
}
