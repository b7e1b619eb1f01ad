use std::time::Duration;

use parking_lot::Mutex;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Where the choice of a slave gets its randomness.
#[derive(Debug)]
pub(crate) enum Random {
    /// The thread's own generator: no lock on the statement's way.
    Thread,
    /// One reproducible sequence for the whole handle, for tests.
    Seeded(Mutex<SmallRng>),
}

impl Random {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::Thread, Self::seeded)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self::Seeded(Mutex::new(SmallRng::seed_from_u64(seed)))
    }

    /// A number in `0..limit`; `limit` must not be 0.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        match self {
            Self::Thread => rand::rng().random_range(0..limit),
            Self::Seeded(generator) => generator.lock().random_range(0..limit),
        }
    }

    /// Up to a tenth more or less, so that what began together does not go on together.
    pub(crate) fn jittered(&self, interval: Duration) -> Duration {
        let draw = u32::try_from(self.below(1_000)).unwrap_or_default();
        interval * 9 / 10 + interval / 5 * draw / 1_000
    }

    /// A source that will draw the same numbers next, without drawing them here.
    pub(crate) fn fork(&self) -> Self {
        match self {
            Self::Thread => Self::Thread,
            Self::Seeded(generator) => {
                let generator = generator.lock();
                Self::Seeded(Mutex::new(generator.clone()))
            }
        }
    }
}
