use std::time::Duration;

use parking_lot::Mutex;

use super::{SessionId, shards::Shards};
use crate::freshness::{AtomicMoment, Moment};

/// How long after it was last needed the book stays open: reads that are short of room come in crowds.
const OPEN: Duration = Duration::from_secs(10);

/// Where sessions have last read, as long as one of them may have to read elsewhere than from its own slave: there it must
/// not find less.
///
/// While every session reads from its own slave, nobody has to know, and a read costs one look at a closed book.
#[derive(Debug)]
pub(crate) struct Sightings {
    /// [`Moment::FIRST`] while it is closed.
    open_until: AtomicMoment,
    /// What every session may have seen of which nothing else is known.
    floor: AtomicMoment,
    /// Held while it is opened or closed.
    turning: Mutex<()>,
    sessions: Shards<Sighting>,
}

/// Where a session has last read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting {
    /// [`Node::place`](crate::node::Node::place) of where, and until when.
    place: usize,
    moment: Moment,
    /// Since when it has read there and nowhere else.
    since: Moment,
    /// Until when it had read elsewhere before.
    before: Moment,
    from: ReadFrom,
}

/// Whose place it is where a session has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadFrom {
    /// The session's own slave.
    OwnSlave,
    /// Another slave.
    OtherSlave,
    Master,
}

/// What a session has seen, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Where it has last read.
    pub(crate) place: Option<usize>,
    /// What that must hold, to be read from again.
    there: Moment,
    /// What others must hold.
    pub(crate) elsewhere: Moment,
}

impl Seen {
    pub(crate) const NOTHING: Self = Self {
        place: None,
        there: Moment::FIRST,
        elsewhere: Moment::FIRST,
    };

    /// What the node at `place` must hold to be read from by the session.
    pub(crate) fn needed_at(self, place: usize) -> Moment {
        match self.place == Some(place) {
            true => self.there,
            false => self.elsewhere,
        }
    }
}

impl Sighting {
    /// What the session has seen there, as far as others must hold that.
    ///
    /// What it reads from the master counts only as long as a slave may be behind: one that reads without a pause would
    /// never return to the slaves.
    fn seen(self, horizon: Duration) -> Moment {
        match self.from {
            ReadFrom::Master => self.moment.min(self.since.plus(horizon)),
            ReadFrom::OwnSlave | ReadFrom::OtherSlave => self.moment,
        }
    }
}

impl Sightings {
    pub(crate) fn new(horizon: Duration) -> Self {
        Self {
            open_until: AtomicMoment::default(),
            floor: AtomicMoment::default(),
            turning: Mutex::default(),
            sessions: Shards::new(horizon),
        }
    }

    fn horizon(&self) -> Duration {
        self.sessions.horizon()
    }

    /// Remembers longer, if `horizon` is further away.
    pub(crate) fn extend_to(&self, horizon: Duration) {
        self.sessions.extend_to(horizon);
    }

    /// Whether reads are noted.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.open_until.get() > Moment::FIRST
    }

    /// Notes who reads where for ever if sessions have no slave but the one that they read from, and else no longer than
    /// needed. `was_read` tells whether somebody may have seen something before.
    pub(crate) fn keep_open(&self, for_ever: bool, was_read: bool) {
        let _turning = self.turning.lock();
        let now = Moment::now();
        let is_kept = self.open_until.get() == Moment::LAST;
        if for_ever && !is_kept {
            if !self.is_open() && was_read {
                self.floor.raise(now);
            }
            self.open_until.set(Moment::LAST);
        } else if is_kept && !for_ever {
            self.open_until.set(now.plus(OPEN + self.horizon()));
        }
    }

    /// Begins to note who reads where, or goes on with that.
    pub(crate) fn open(&self, now: Moment) {
        if self.open_until.get() > now.plus(OPEN / 2 + self.horizon()) {
            return;
        }
        let _turning = self.turning.lock();
        if !self.is_open() {
            // What was seen before is not known.
            self.floor.raise(now);
        }
        self.open_until.raise(now.plus(OPEN + self.horizon()));
    }

    /// Ends it when nobody has needed it for so long that what is noted no longer matters. Who reads elsewhere without a
    /// pause has to go on with that: its own slave is never known to hold what the other one has just shown.
    pub(crate) fn close_if_over(&self, now: Moment) {
        if self.open_until.get() >= now {
            return;
        }
        let _turning = self.turning.lock();
        if !self.is_open() || self.open_until.get() >= now {
            return;
        }
        let horizon = now.minus(self.horizon());
        let is_recent = |seen: &Sighting| seen.moment >= horizon;
        let is_needed =
            (self.sessions).any(|seen| seen.from != ReadFrom::OwnSlave && is_recent(seen));
        // While one is away, where all others have read matters as well: they may have to go elsewhere next.
        self.sessions.retain(|seen| is_needed && is_recent(seen));
        self.open_until.set(match is_needed {
            true => now.plus(OPEN),
            false => Moment::FIRST,
        });
    }

    /// Notes that `session` has read at a place until `moment`.
    pub(crate) fn note(&self, session: SessionId, place: usize, from: ReadFrom, moment: Moment) {
        let horizon = self.horizon();
        let mut shard = self.sessions.of(session);
        let new = Sighting {
            place,
            moment,
            since: moment,
            before: Moment::FIRST,
            from,
        };
        let seen = shard.sessions.entry(session).or_insert(new);
        *seen = match seen.place == place {
            true => Sighting {
                before: seen.before,
                // A stretch ends with a pause that is as long.
                since: match moment.since(seen.moment) > horizon {
                    true => moment,
                    false => seen.since,
                },
                moment: seen.moment.max(moment),
                ..new
            },
            false => Sighting {
                before: seen.before.max(seen.seen(horizon)),
                ..new
            },
        };
        let horizon = moment.minus(horizon);
        let is_over = |seen: &Sighting| seen.moment < horizon;
        if let Some(lost) = shard.tidy(|seen| seen.moment, is_over, |_| true) {
            self.floor.raise(lost);
        }
    }

    /// Notes that some session has read somewhere until `moment`.
    pub(crate) fn note_somebody(&self, moment: Moment) {
        self.floor.raise(moment);
    }

    /// What `session` has seen.
    pub(crate) fn of(&self, session: SessionId) -> Seen {
        let last = self.sessions.get(session);
        let floor = self.floor.get();
        let Some(last) = last else {
            return Seen {
                elsewhere: floor,
                ..Seen::NOTHING
            };
        };
        let elsewhere = last.seen(self.horizon()).max(last.before);
        Seen {
            place: Some(last.place),
            // What is not known was of its own slave.
            there: match last.from {
                ReadFrom::OwnSlave => last.before,
                ReadFrom::OtherSlave | ReadFrom::Master => last.before.max(floor),
            },
            elsewhere: elsewhere.max(floor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: Duration = Duration::from_secs(10);

    fn second(n: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000 + n))
    }

    #[test]
    fn what_was_seen_before_the_book_was_opened_may_be_anything_until_then() {
        let sightings = Sightings::new(HORIZON);
        assert!(!sightings.is_open());
        sightings.open(second(1));
        sightings.open(second(10));
        assert!(sightings.is_open());
        let elsewhere = || sightings.of(SessionId::new()).elsewhere;
        assert_eq!(elsewhere(), second(1));
        sightings.note_somebody(second(2));
        assert_eq!(elsewhere(), second(2));
        sightings.close_if_over(second(29));
        assert!(sightings.is_open());
        sightings.close_if_over(second(31));
        assert!(!sightings.is_open());
        sightings.open(second(40));
        assert_eq!(elsewhere(), second(40));
    }

    #[test]
    fn last_place_of_a_session_is_known_and_what_it_has_seen() {
        let sightings = Sightings::new(HORIZON);
        let (one, other) = (SessionId::new(), SessionId::new());
        sightings.open(second(0));
        sightings.note(one, 1, ReadFrom::OwnSlave, second(1));
        sightings.note(one, 2, ReadFrom::OtherSlave, second(2));
        sightings.note(one, 2, ReadFrom::OtherSlave, second(3));
        let seen = sightings.of(one);
        assert_eq!(seen.place, Some(2));
        assert_eq!(seen.needed_at(2), second(1));
        assert_eq!(seen.needed_at(1), second(3));
        assert_eq!(sightings.of(other).needed_at(1), second(0));
    }

    #[test]
    fn book_stays_open_for_who_reads_elsewhere() {
        let sightings = Sightings::new(HORIZON);
        let (away, home) = (SessionId::new(), SessionId::new());
        sightings.open(second(0));
        sightings.note(away, 2, ReadFrom::OtherSlave, second(20));
        sightings.note(home, 1, ReadFrom::OwnSlave, second(20));
        sightings.close_if_over(second(21));
        assert_eq!(sightings.of(home).needed_at(2), second(20));
        assert_eq!(sightings.of(away).place, Some(2));
        sightings.close_if_over(second(32));
        assert!(!sightings.is_open());
    }

    #[test]
    fn sessions_that_are_forgotten_may_have_seen_what_the_last_of_them_did() {
        let sightings = Sightings::new(HORIZON);
        sightings.open(second(0));
        for _ in 0..200_000 {
            sightings.note(SessionId::new(), 1, ReadFrom::OwnSlave, second(5));
        }
        let kept: usize = sightings.sessions.len();
        assert!(kept <= Shards::<Sighting>::MOST_OF_ALL, "{kept}");
        assert_eq!(sightings.of(SessionId::new()).elsewhere, second(5));
        let old = SessionId::new();
        sightings.note(old, 1, ReadFrom::OwnSlave, second(6));
        for _ in 0..200_000 {
            sightings.note(SessionId::new(), 1, ReadFrom::OwnSlave, second(30));
        }
        assert_eq!(sightings.of(old).place, None);
    }
}
