use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::DbBackend;

use super::judgement::Judgement;

/// Most threads of a service send fewer distinct texts than this; of two that share a place the later one has it.
const PLACES: usize = 64;

thread_local! {
    static RECENT: RefCell<[Option<Recent>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
}

/// A judgement that this thread has lately met: to look here costs a third of a look into the memo, which all threads share.
struct Recent {
    epoch: u64,
    backend: DbBackend,
    judgement: Arc<Judgement>,
}

/// Number of a time in which nothing is learnt that changes a judgement. No two databases have the same one.
#[derive(Debug)]
pub(super) struct Epoch(AtomicU64);

impl Epoch {
    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Has everything forgotten that was judged before.
    pub(super) fn end(&self) {
        self.0.store(next(), Ordering::Release);
    }
}

impl Default for Epoch {
    fn default() -> Self {
        Self(AtomicU64::new(next()))
    }
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The judgement on exactly this text, if this thread has met it in this epoch.
pub(super) fn recent(epoch: u64, backend: DbBackend, sql: &str) -> Option<Arc<Judgement>> {
    let find = |places: &RefCell<[Option<Recent>; PLACES]>| {
        let places = places.borrow();
        let recent = places.get(place(sql))?.as_ref()?;
        let is_it = recent.epoch == epoch && recent.backend == backend && recent.judges(sql);
        is_it.then(|| recent.judgement.clone())
    };
    // A thread that ends has none any more.
    RECENT.try_with(find).ok().flatten()
}

/// Keeps a judgement of an epoch that was known before it was made, or found.
pub(super) fn keep(epoch: u64, backend: DbBackend, sql: &str, judgement: &Arc<Judgement>) {
    let recent = Recent {
        epoch,
        backend,
        judgement: judgement.clone(),
    };
    if recent.judges(sql) {
        let _ = RECENT.try_with(|places| {
            if let Some(place) = places.borrow_mut().get_mut(place(sql)) {
                *place = Some(recent);
            }
        });
    }
}

impl Recent {
    /// Whether it is of this text, of which nothing was cut.
    fn judges(&self, sql: &str) -> bool {
        self.judgement.text.as_deref() == Some(sql)
    }
}

/// Texts of one builder differ in their length, their middle or their end.
fn place(sql: &str) -> usize {
    let sql = sql.as_bytes();
    let middle = sql.get(sql.len() / 2..).and_then(<[u8]>::first_chunk);
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mixed = word(middle) ^ word(sql.last_chunk()).rotate_left(17) ^ sql.len() as u64;
    // Fibonacci hashing: the upper bits depend on all of them.
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize
}
