use std::{
    hash::{Hash, Hasher},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{DatabaseId, session_scope::scoped};
use crate::freshness::Moment;

/// The two upper bits tell what gave the number.
const TASK: u64 = 0;
const THREAD: u64 = 1 << 62;
const EXPLICIT: u64 = 2 << 62;
/// With what it is promised on every bind, in whole seconds before the number: nobody has to remember it.
const PROMISED: u64 = 3 << 62;

const NUMBER_BITS: u32 = 31;
const LOWEST: u64 = (1 << NUMBER_BITS) - 1;

/// Names a session. What it has done is kept by the binds, which forget it when it no longer matters, so that a
/// session needs no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(u64);

impl SessionId {
    /// A session of its own.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(EXPLICIT | NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A session of its own that reads on every bind what was there at `moment`.
    pub(crate) fn promised(moment: Moment) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed) & LOWEST;
        // The beginning of the next one: nothing that was promised is left out.
        let second = moment.since(Moment::FIRST).as_secs() + 1;
        Self(PROMISED | second.min(LOWEST) << NUMBER_BITS | number)
    }

    /// A session of its own, with the promise of another one.
    pub(crate) fn heir_of(other: Self) -> Self {
        match other.0 & PROMISED == PROMISED {
            true => Self::promised(other.promise().minus(Duration::from_secs(1))),
            false => Self::new(),
        }
    }

    /// What it reads on every bind, whatever else it needs.
    #[inline]
    pub(crate) fn promise(self) -> Moment {
        match self.0 & PROMISED == PROMISED {
            true => Moment::FIRST.plus(Duration::from_secs(self.0 >> NUMBER_BITS & LOWEST)),
            false => Moment::FIRST,
        }
    }

    /// The session of the code that runs, for handles of `database`: that of the scope around it, else its task's, else its
    /// thread's.
    pub(crate) fn current(database: DatabaseId) -> Self {
        if let Some(session) = scoped(database) {
            return session;
        }
        match tokio::task::try_id() {
            Some(task) => Self(TASK | Number::of(&task)),
            None => Self(THREAD | Number::of(&std::thread::current().id())),
        }
    }

    /// Counts up from session to session of the same kind.
    pub(crate) fn ordinal(self) -> u64 {
        match self.0 & PROMISED == PROMISED {
            true => self.0 & LOWEST,
            false => self.0 & !PROMISED,
        }
    }

    /// The same number for every statement of the session, spread evenly, and no part of that which chooses its slave.
    pub(crate) fn drawn(self) -> u32 {
        let number = self
            .mixed()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(17);
        // The upper half fits.
        (number >> 32) as u32
    }

    /// A number that tells nothing of its neighbours' (the finaliser of `SplitMix64`).
    pub(crate) fn mixed(self) -> u64 {
        let mut bits = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// Reads the number inside an identifier that has no other way to it than its hash.
#[derive(Default)]
struct Number(u64);

impl Number {
    fn of(identifier: &impl Hash) -> u64 {
        let mut number = Self::default();
        identifier.hash(&mut number);
        number.0 & !PROMISED
    }
}

impl Hasher for Number {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Extent, scope};

    fn current() -> SessionId {
        SessionId::current(DatabaseId::default())
    }

    #[test]
    fn promise_is_the_sessions_and_its_heirs() {
        let moment = Moment::now();
        let one = SessionId::promised(moment);
        let other = SessionId::promised(moment);
        assert_ne!(one, other);
        assert_eq!(other.ordinal(), one.ordinal() + 1);
        let near =
            |promise: Moment| promise >= moment && promise.since(moment) <= Duration::from_secs(1);
        assert!(near(one.promise()));
        let heir = SessionId::heir_of(SessionId::heir_of(one));
        assert!(heir != one && heir.promise() == one.promise());
        for session in [
            SessionId::new(),
            current(),
            SessionId::heir_of(SessionId::new()),
        ] {
            assert_eq!(session.promise(), Moment::FIRST);
        }
        assert!(SessionId::promised(Moment::LAST).promise() > moment);
    }

    #[tokio::test]
    async fn each_task_is_a_session_and_a_scope_crosses_tasks() {
        let outside = current();
        let in_task = tokio::spawn(async { (current(), current()) });
        let (first, again) = in_task.await.unwrap();
        assert_eq!(first, again);
        assert_ne!(first, outside);
        let other = tokio::spawn(async { current() }).await.unwrap();
        assert_ne!(first, other);

        let session = SessionId::new();
        assert_ne!(session, SessionId::new());
        let scoped = tokio::spawn(scope(session, Extent::All, async { current() }));
        assert_eq!(scoped.await.unwrap(), session);
        assert_eq!(current(), outside);
    }

    #[test]
    fn each_thread_outside_a_task_is_a_session() {
        let here = current();
        assert_eq!(here, current());
        let there = std::thread::spawn(current).join().unwrap();
        assert_ne!(here, there);
    }

    #[test]
    fn numbers_of_tasks_count_up() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let ordinals: Vec<u64> = (0..3)
            .map(|_| {
                let task = runtime.spawn(async { current().ordinal() });
                runtime.block_on(task).unwrap()
            })
            .collect();
        assert!(
            ordinals.is_sorted() && ordinals[2] - ordinals[0] < 1_000,
            "{ordinals:?}"
        );
    }
}
