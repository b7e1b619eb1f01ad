use std::{sync::OnceLock, time::Duration};

use super::{
    DatabaseId, SessionId, TableKey, loans::Loans, shards::Shards, table_writes::TableWrites,
};
use crate::freshness::{AtomicMoment, Moment};

/// What the sessions of this process did on one bind, as long as it matters to what they may read from slaves.
#[derive(Debug)]
pub(crate) struct Memory {
    /// No session needs anything later.
    newest: AtomicMoment,
    /// What every session needs at least.
    floor: AtomicMoment,
    /// When the master was last heard, if it is asked: slaves of a dead one are never further.
    alive: AtomicMoment,
    sessions: Shards<Seen>,
    tables: TableWrites,
    /// When the schema last changed: whoever reads needs that, on whatever level.
    defined: AtomicMoment,
    loans: Loans,
    /// Whose bind it is.
    database: OnceLock<DatabaseId>,
}

/// The last write of a session, and the last state of the master that it has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    write: Moment,
    state: Moment,
    /// What it must read although it was not written here: a token's, a parent session's, a migration's.
    promise: Moment,
    /// How often it is lent what it may write by unseen.
    loans: u32,
    /// Whether it has written itself, or may have. No moment tells that: clocks have steps, and those of tests stand still.
    has_written: bool,
}

impl Memory {
    pub(crate) fn new(horizon: Duration) -> Self {
        Self {
            newest: AtomicMoment::default(),
            floor: AtomicMoment::default(),
            alive: AtomicMoment::default(),
            sessions: Shards::new(horizon),
            tables: TableWrites::default(),
            defined: AtomicMoment::default(),
            loans: Loans::default(),
            database: OnceLock::new(),
        }
    }

    /// Says whose bind it is; once, before anybody uses it.
    pub(crate) fn belong_to(&self, database: DatabaseId) {
        self.database.get_or_init(|| database);
    }

    /// The session of the code that runs.
    pub(crate) fn current(&self) -> SessionId {
        SessionId::current(self.database.get().copied().unwrap_or_default())
    }

    pub(crate) fn horizon(&self) -> Duration {
        self.sessions.horizon()
    }

    /// Remembers longer, if `horizon` is further away.
    pub(crate) fn extend_to(&self, horizon: Duration) {
        self.sessions.extend_to(horizon);
    }

    /// Notes that a write of `session` ended at `moment`, or may have.
    pub(crate) fn note_write(&self, session: SessionId, tables: &[TableKey], moment: Moment) {
        self.tables.note(tables, moment);
        self.raise(session, moment, Moment::FIRST, true);
    }

    /// Notes that `session` begins to write, and nothing of what.
    pub(crate) fn note_writer(&self, session: SessionId, moment: Moment) {
        self.raise(session, moment, Moment::FIRST, true);
    }

    /// Notes that the schema was changed until `moment`, or may have been.
    pub(crate) fn note_definition(&self, moment: Moment) {
        self.defined.raise(moment);
        self.newest.raise(moment);
    }

    /// What a slave must hold to have the schema of this process.
    pub(crate) fn defined(&self) -> Moment {
        self.defined.get().max(self.loans.defined())
    }

    /// Notes that `session` writes whenever something is written unseen.
    pub(crate) fn begin_loan(&self, session: SessionId) {
        let mut shard = self.sessions.of(session);
        shard.sessions.entry(session).or_default().loans += 1;
    }

    /// Notes that it does no more, from now on.
    pub(crate) fn end_loan(&self, session: SessionId) {
        let now = Moment::now();
        self.raise(session, now, now, true);
        let mut shard = self.sessions.of(session);
        if let Some(seen) = shard.sessions.get_mut(&session) {
            seen.loans = seen.loans.saturating_sub(1);
        }
    }

    /// Notes that every session writes whenever something is written unseen: they are too many to be told apart.
    pub(crate) fn begin_loan_of_all(&self) {
        self.loans.begin_for_all();
    }

    /// Notes that they do no more, from now on.
    pub(crate) fn end_loan_of_all(&self) {
        self.loans.end_for_all();
    }

    /// Notes that something may be written unseen from now on.
    pub(crate) fn begin_unseen(&self) {
        self.loans.begin();
    }

    /// Notes that it is all written.
    pub(crate) fn end_unseen(&self) {
        self.loans.end();
    }

    /// Notes that something may be defined unseen from now on.
    pub(crate) fn begin_defining(&self) {
        self.loans.begin_defining();
    }

    /// Notes that it is all defined.
    pub(crate) fn end_defining(&self) {
        self.loans.end_defining();
    }

    /// Lets `session` read only what holds everything up to `moment`, on whatever level.
    pub(crate) fn require(&self, session: SessionId, moment: Moment) {
        self.raise(session, moment, moment, false);
    }

    fn raise(&self, session: SessionId, moment: Moment, promise: Moment, is_write: bool) {
        {
            let mut shard = self.sessions.of(session);
            let seen = shard.sessions.entry(session).or_default();
            seen.write = seen.write.max(moment);
            seen.state = seen.state.max(moment);
            seen.promise = seen.promise.max(promise);
            seen.has_written |= is_write;
            let now = self.last_alive(moment.min(Moment::now()));
            let horizon = now.minus(self.horizon());
            // What those that are lent something will have written is not known yet.
            let is_free = |seen: &Seen| seen.loans == 0;
            let is_over = |seen: &Seen| seen.state < horizon && is_free(seen);
            if let Some(lost) = shard.tidy(|seen| seen.state, is_over, is_free) {
                self.floor.raise(lost);
            }
        }
        self.newest.raise(moment);
    }

    /// Notes that the master was heard at `moment`.
    pub(crate) fn note_alive(&self, moment: Moment) {
        self.alive.raise(moment);
    }

    /// Takes the master for alive until it is noted again: perhaps nobody asks it any more.
    pub(crate) fn forget_alive(&self) {
        self.alive.set(Moment::FIRST);
    }

    fn last_alive(&self, now: Moment) -> Moment {
        match self.alive.get() {
            Moment::FIRST => now,
            alive => now.min(alive),
        }
    }

    /// Notes that `session` read from the master at `moment`: if it has written, a slave may not take it back before.
    ///
    /// Only as long after its last write as a slave may lag: a session that reads without a pause would never
    /// return to the slaves.
    pub(crate) fn note_master_read(&self, session: SessionId, moment: Moment) {
        if moment.since(self.newest.get()) > self.horizon() {
            return;
        }
        let mut shard = self.sessions.of(session);
        let Some(seen) = shard.sessions.get_mut(&session) else {
            return;
        };
        let state = moment.min(seen.write.plus(self.horizon()));
        seen.state = seen.state.max(state);
        drop(shard);
        self.newest.raise(state);
    }

    /// Whether `session` has written something, or may have by what it was lent since `begun`.
    #[cfg(feature = "carrier")]
    pub(crate) fn has_written(&self, session: SessionId, begun: Moment) -> bool {
        let by_loan = |seen: &Seen| seen.loans > 0 && self.loans.written() >= begun;
        let seen = self.sessions.get(session);
        seen.is_some_and(|seen| seen.has_written || by_loan(&seen))
            || self.loans.written_by_all() >= begun
    }

    /// When `session` last wrote, or was promised to read what others had written until then.
    pub(crate) fn last_write(&self, session: SessionId) -> Moment {
        let seen = self.sessions.get(session);
        let own = seen.map_or(Moment::FIRST, |seen| match seen.loans {
            0 => seen.write,
            _ => seen.write.max(self.loans.written()),
        });
        own.max(self.loans.written_by_all())
    }

    /// What a slave must hold to serve `session`.
    pub(crate) fn needed(&self, session: SessionId) -> Moment {
        let seen = self.sessions.get(session);
        let own = seen.map_or(Moment::FIRST, |seen| match seen.loans {
            0 => seen.state,
            _ => seen.state.max(self.loans.written()),
        });
        own.max(self.floor.get()).max(self.loans.written_by_all())
    }

    /// What a slave must hold to serve `session`, if it has written lately.
    pub(crate) fn still_needed(&self, session: SessionId, now: Moment) -> Option<Moment> {
        let needed = self.needed(session).min(now);
        (now.since(needed) <= self.horizon()).then_some(needed)
    }

    /// No session needs more than this.
    pub(crate) fn newest(&self) -> Moment {
        self.newest.get().max(self.loans.written())
    }

    /// What a slave must hold to serve `session` a read of `tables` with every write of this process.
    pub(crate) fn needed_of(&self, session: SessionId, tables: &[TableKey]) -> Moment {
        let seen = self.sessions.get(session);
        let promise = seen.map_or(Moment::FIRST, |seen| seen.promise);
        let unseen = self.loans.written();
        let written = self.tables.last(tables).max(unseen);
        written.max(promise).max(self.floor.get())
    }

    /// Makes `heir` need what `session` needs.
    pub(crate) fn inherit(&self, session: SessionId, heir: SessionId) {
        // Of thousands of binds, few were written lately, and the others are not to cost a lock.
        let now = Moment::now();
        let horizon = self.last_alive(now).minus(self.horizon());
        let newest = self.newest();
        if newest == Moment::FIRST || newest < horizon {
            return;
        }
        let needed = self.needed(session).min(now);
        if needed > Moment::FIRST {
            let seen = self.sessions.get(session);
            let has_written = seen.is_some_and(|seen| seen.has_written);
            self.raise(heir, needed, needed, has_written);
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
    fn session_needs_its_own_write_and_no_other_does() {
        let memory = Memory::new(HORIZON);
        let (one, other) = (SessionId::new(), SessionId::new());
        memory.note_write(one, &[], second(1));
        assert_eq!(memory.needed(one), second(1));
        assert_eq!(memory.needed(other), Moment::FIRST);
        memory.note_write(one, &[], second(3));
        memory.note_write(one, &[], second(2));
        assert_eq!(memory.needed(one), second(3));
        assert_eq!(memory.newest(), second(3));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_needs_what_a_dead_master_has_not_confirmed_for_all() {
        let memory = Memory::new(HORIZON);
        let sample = Moment::now();
        memory.note_alive(sample);
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..Shards::<Seen>::FEW_OF_ALL * 2 {
            memory.note_write(SessionId::new(), &[], Moment::now());
        }
        tokio::time::advance(HORIZON * 10).await;
        for _ in 0..Shards::<Seen>::FEW_OF_ALL * 2 {
            memory.require(SessionId::new(), Moment::now());
        }
        let reader = SessionId::new();
        assert!(
            memory.needed(reader) <= sample,
            "slaves will never have more"
        );

        memory.note_alive(Moment::now());
        for _ in 0..Shards::<Seen>::FEW_OF_ALL * 4 {
            memory.require(SessionId::new(), Moment::now());
        }
        assert!(
            memory.needed(reader) > sample,
            "what is over is forgotten again"
        );
    }

    #[test]
    fn what_a_writer_saw_on_the_master_is_not_taken_back() {
        let memory = Memory::new(HORIZON);
        let (writer, reader) = (SessionId::new(), SessionId::new());
        memory.note_write(writer, &[], second(1));
        memory.note_master_read(writer, second(4));
        memory.note_master_read(reader, second(4));
        assert_eq!(memory.needed(writer), second(4));
        assert_eq!(memory.needed(reader), Moment::FIRST);
        for n in 5..60 {
            memory.note_master_read(writer, second(n));
        }
        assert_eq!(
            memory.needed(writer),
            second(11),
            "the write's horizon is the end of it"
        );
    }

    #[test]
    fn heir_needs_what_its_parent_needs() {
        let memory = Memory::new(HORIZON);
        let (parent, heir) = (SessionId::new(), SessionId::new());
        let written = Moment::now();
        memory.note_write(parent, &[], written);
        memory.inherit(parent, heir);
        memory.note_write(parent, &[], written.plus(Duration::from_secs(1)));
        assert_eq!(memory.needed(heir), written);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_inherited_of_a_bind_that_nobody_has_lately_written() {
        let memory = Memory::new(HORIZON);
        let (parent, heir) = (SessionId::new(), SessionId::new());
        memory.inherit(parent, heir);
        memory.note_write(parent, &[], Moment::now());
        tokio::time::advance(HORIZON / 2).await;
        memory.inherit(parent, heir);
        assert!(memory.needed(heir) > Moment::FIRST);
        tokio::time::advance(HORIZON).await;
        let later = SessionId::new();
        memory.inherit(parent, later);
        assert_eq!(memory.needed(later), Moment::FIRST);
    }

    #[test]
    fn sessions_that_no_longer_matter_are_forgotten() {
        let memory = Memory::new(HORIZON);
        for n in 0..100_000 {
            memory.note_write(
                SessionId::new(),
                &[],
                Moment::FIRST.plus(Duration::from_millis(n)),
            );
        }
        let kept: usize = memory.sessions.len();
        assert!((10_000..25_000).contains(&kept), "{kept}");
        let forgotten = Moment::FIRST.plus(Duration::from_millis(99_999).saturating_sub(HORIZON));
        assert!(memory.floor.get() <= forgotten);
    }

    #[test]
    fn more_sessions_than_can_be_told_apart_all_need_the_last_write() {
        let memory = Memory::new(HORIZON);
        for _ in 0..200_000 {
            memory.note_write(SessionId::new(), &[], second(5));
        }
        let kept: usize = memory.sessions.len();
        assert!(kept <= Shards::<Seen>::MOST_OF_ALL, "{kept}");
        assert_eq!(memory.needed(SessionId::new()), second(5));
    }

    #[test]
    fn who_is_lent_something_is_not_forgotten_by_a_crowd() {
        let memory = Memory::new(HORIZON);
        let borrower = SessionId::new();
        memory.begin_loan(borrower);
        memory.begin_unseen();
        for _ in 0..200_000 {
            memory.note_write(SessionId::new(), &[], second(5));
        }
        assert_eq!(memory.needed(borrower), Moment::LAST);
        memory.end_loan(borrower);
        memory.end_unseen();
        assert_ne!(memory.needed(borrower), Moment::LAST);
    }

    #[test]
    fn more_borrowers_than_can_be_told_apart_are_all_sessions() {
        let memory = Memory::new(HORIZON);
        let (reader, other) = (SessionId::new(), SessionId::new());
        memory.begin_unseen();
        memory.begin_loan_of_all();
        memory.begin_loan_of_all();
        assert_eq!(memory.needed(reader), Moment::LAST);
        memory.end_loan_of_all();
        assert_eq!(memory.needed(reader), Moment::LAST);
        memory.end_loan_of_all();
        memory.end_unseen();
        let end = memory.needed(reader);
        assert!(Moment::FIRST < end && end <= Moment::now());
        assert_eq!(memory.needed(other), end);
    }

    #[test]
    fn tables_are_remembered_one_by_one() {
        let memory = Memory::new(HORIZON);
        let (cake, bakery) = (TableKey::new("cake"), TableKey::new("bakery"));
        let (writer, reader) = (SessionId::new(), SessionId::new());
        memory.note_write(writer, &[cake], second(1));
        assert_eq!(
            memory.needed_of(reader, &[TableKey::new("Cake")]),
            second(1)
        );
        assert_eq!(memory.needed_of(reader, &[bakery]), Moment::FIRST);
        assert_eq!(memory.needed_of(reader, &[bakery, cake]), second(1));
        assert_eq!(
            memory.needed_of(reader, &[]),
            second(1),
            "unknown tables may be any"
        );
        memory.note_write(writer, &[], second(2));
        assert_eq!(
            memory.needed_of(reader, &[bakery]),
            second(2),
            "unknown writes are to any"
        );
    }
}
