use std::time::Duration;

use super::Node;
use crate::driver::{Capacity, has_room};

impl Node {
    /// Whether a statement gets a connection there at once, or one that is on its way back.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.has_room_beside(0)
    }

    /// Whether it still has room when one statement more is at work there.
    pub(crate) fn has_room_for_two(&self) -> bool {
        self.has_room_beside(1)
    }

    #[inline]
    fn has_room_beside(&self, others: u64) -> bool {
        match self.capacity {
            None => true,
            Some(capacity) => {
                self.counters.in_flight() + others < u64::from(capacity.connections)
                    && !self.exhaustion.look(has_room(&self.connection))
            }
        }
    }

    /// Whether it is certain that a statement gets a connection there at once: what is no pool has no say.
    pub(crate) fn has_certain_room(&self) -> bool {
        self.capacity.is_some() && self.has_room() && has_room(&self.connection)
    }

    /// Whether a master has room for a read of its slaves: what writes need is left to them, who can go nowhere else.
    pub(crate) fn has_room_to_spare(&self) -> bool {
        let may_have = |capacity: Capacity| u64::from(capacity.connections / 2);
        let is_busy = |most: u64| self.counters.in_flight() >= most;
        !self.capacity.map(may_have).is_some_and(is_busy) && self.has_room()
    }

    /// How long a statement waits for a connection there; `None` where it needs none of a pool.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.capacity.map(|capacity| capacity.patience)
    }
}
