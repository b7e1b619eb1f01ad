use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::{Lineage, Policy, Pulse, budget::Budget, queue::Queue};
use crate::{
    config::Roles,
    freshness::{Freshness, Moment, Samples, Source},
    session::{Mark, Memory, Sightings},
    tally::Tallies,
};

/// What all nodes and handles of one bind share about its replication, whatever the topology of the moment.
#[derive(Debug)]
pub(crate) struct Replication {
    pub(crate) policy: Policy,
    pub(crate) memory: Arc<Memory>,
    pub(crate) pulse: Pulse,
    samples: Mutex<Samples>,
    slaves: Mutex<Vec<Weak<Freshness>>>,
    /// How it is known what the bind's slaves hold.
    pub(crate) source: Source,
    can_be_asked: bool,
    is_watched: AtomicBool,
    /// What its nodes had done, and one more, when nobody used the bind any longer.
    rests_since: AtomicU64,
    stand_ins: AtomicU64,
    held_writes: AtomicU64,
    /// What is told of its waiting statements in metrics.
    pub(crate) tallies: Tallies,
    is_contested: AtomicBool,
    /// Who was the master before.
    pub(crate) lineage: Arc<Mutex<Lineage>>,
    retries: Budget,
    second_opinions: Budget,
    hedges: Budget,
    pub(crate) queue: Arc<Queue>,
    pub(crate) sightings: Arc<Sightings>,
}

/// One read of so many goes to a second node as well: where all are slow, they must not get twice the load.
const READS_PER_HEDGE: u64 = 20;

/// Writes at once that wait for a master: what an application has in flight, and no more.
const MOST_HELD: u64 = 1_000;

/// A write that waits for a master.
#[derive(Debug)]
pub(crate) struct HeldWrite<'r> {
    replication: &'r Replication,
    since: Instant,
}

impl Drop for HeldWrite<'_> {
    fn drop(&mut self) {
        let Self { replication, since } = self;
        replication.held_writes.fetch_sub(1, Ordering::Relaxed);
        replication.tallies.note_held(since.elapsed());
    }
}

/// Says, as long as it lives, that a monitor watches a bind.
#[derive(Debug)]
pub(crate) struct Watched(Arc<Replication>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.is_watched.store(false, Ordering::SeqCst);
    }
}

impl Replication {
    /// `can_be_asked` tells whether a monitor can connect to its servers.
    pub(crate) fn new(policy: Policy, source: Source, can_be_asked: bool) -> Self {
        let horizon = match source {
            Source::Window(window) => window.max(policy.reads.max_lag),
            _ => policy.reads.max_lag,
        };
        Self {
            memory: Arc::new(Memory::new(horizon)),
            pulse: Pulse::new(&policy),
            policy,
            source,
            can_be_asked,
            samples: Mutex::default(),
            slaves: Mutex::default(),
            is_watched: AtomicBool::new(false),
            rests_since: AtomicU64::new(0),
            stand_ins: AtomicU64::new(0),
            held_writes: AtomicU64::new(0),
            tallies: Tallies::default(),
            is_contested: AtomicBool::new(false),
            lineage: Arc::default(),
            retries: Budget::default(),
            second_opinions: Budget::default(),
            hedges: Budget::of(READS_PER_HEDGE, 1),
            queue: Arc::default(),
            sightings: Arc::new(Sightings::new(horizon)),
        }
    }

    /// Reads in flight that the master serves in place of its slaves.
    pub(crate) fn stand_ins(&self) -> u64 {
        self.stand_ins.load(Ordering::Relaxed)
    }

    pub(super) fn begin_stand_in(&self) {
        self.stand_ins.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_stand_in(&self) {
        self.stand_ins.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether several servers claim to be the master, so that none may be written to.
    pub(crate) fn is_contested(&self) -> bool {
        self.is_contested.load(Ordering::Acquire)
    }

    /// True if that is news.
    pub(crate) fn contest(&self, is_contested: bool) -> bool {
        self.is_contested.swap(is_contested, Ordering::AcqRel) != is_contested
    }

    /// A place for a write to wait for a master; `None` when too many wait.
    pub(crate) fn hold(&self) -> Option<HeldWrite<'_>> {
        let held = self.held_writes.fetch_add(1, Ordering::Relaxed);
        let place = HeldWrite {
            replication: self,
            since: Instant::now(),
        };
        (held < MOST_HELD).then_some(place)
    }

    /// Whether one more read may be repeated, of `reads` that there were so far.
    pub(crate) fn may_retry(&self, reads: u64) -> bool {
        self.retries.withdraw(reads, Moment::now())
    }

    /// Whether one more read may go to a second node as well, of `reads` that there were so far.
    pub(crate) fn may_hedge(&self, reads: u64) -> bool {
        let now = Moment::now();
        self.hedges.has_one(reads, now) && self.hedges.withdraw(reads, now)
    }

    /// Whether the master may be asked once more whether a slave's error is the statement's own, of `reads` that there
    /// were so far. Where it answered, it did a read that the slave could not do: that costs nothing.
    pub(crate) fn may_ask_again(&self, reads: u64) -> bool {
        self.second_opinions.has_one(reads, Moment::now())
    }

    /// Notes that another node said the same: the statement is at fault, and as many more shall not double the load.
    pub(crate) fn note_same_error(&self, reads: u64) {
        self.second_opinions.withdraw(reads, Moment::now());
    }

    /// Whether a monitor can tell how the servers are: with an assumed lag, whether they answer.
    pub(crate) fn is_watchable(&self) -> bool {
        self.can_be_asked && self.source != Source::Shared
    }

    /// The moment up to which a slave must hold everything to have what a token names.
    pub(crate) fn dated(&self, mark: Mark) -> Moment {
        let now = Moment::now();
        match mark {
            Mark::Time(time) => Mark::moment_of(time, now),
            Mark::Position(position) => {
                let sample = self.samples().oldest_with(&position);
                // A slave at the very sample has it. What no sample has was written since the last one.
                sample.map_or(now, |moment| moment.minus(Duration::from_micros(1)))
            }
        }
    }

    /// The right to watch the bind, unless another monitor has it.
    pub(crate) fn watch(self: &Arc<Self>) -> Option<Watched> {
        let was_watched = self.is_watched.swap(true, Ordering::SeqCst);
        (!was_watched).then(|| Watched(self.clone()))
    }

    /// Notes that nobody uses the bind, whose nodes have `done` so much.
    pub(super) fn rest(&self, done: u64) {
        self.rests_since.store(done + 1, Ordering::Relaxed);
    }

    /// Whether nobody has used it since then.
    pub(super) fn rests(&self, done: u64) -> bool {
        self.rests_since.load(Ordering::Relaxed) == done + 1
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::SeqCst)
    }

    /// Whether the other one promises the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.policy.is_like(&other.policy) && self.source == other.source
    }

    /// With what the sessions of `other`, which it replaces, have done, and what was seen of its masters.
    pub(crate) fn remembering(self, other: &Self) -> Self {
        other.memory.extend_to(self.memory.horizon());
        other.memory.forget_alive();
        other.sightings.extend_to(self.memory.horizon());
        // Who does not ask who the master is finds no end of it either.
        let is_contested = self.policy.failover.roles == Roles::Discover && other.is_contested();
        Self {
            is_contested: AtomicBool::new(is_contested),
            lineage: other.lineage.clone(),
            sightings: other.sightings.clone(),
            memory: other.memory.clone(),
            queue: other.queue.clone(),
            ..self
        }
    }

    /// Whether a slave can lack what the master has.
    pub(crate) fn is_delayed(&self) -> bool {
        self.source != Source::Shared
    }

    pub(super) fn has_slaves(&self) -> bool {
        let slaves = self.slaves.lock();
        slaves.iter().any(|slave| slave.strong_count() > 0)
    }

    pub(super) fn add_slave(&self, slave: &Arc<Freshness>) {
        let mut slaves = self.slaves.lock();
        slaves.retain(|slave| slave.strong_count() > 0);
        slaves.push(Arc::downgrade(slave));
    }

    /// Forgets what was known by the words of a master in whose place another server is now.
    pub(super) fn begin_anew(&self) {
        *self.samples() = Samples::default();
        let slaves = self.slaves.lock();
        slaves
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|slave| slave.set_back());
    }

    pub(crate) fn samples(&self) -> MutexGuard<'_, Samples> {
        self.samples.lock()
    }
}
