use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::DatabaseConnection;
use tokio::{runtime::Handle, time::sleep};

use crate::{
    driver::in_use,
    freshness::Moment,
    session::{Memory, SessionId},
};

/// How long code that was lent a connection is taken to go on after it was last heard, where its end can't be seen: in a
/// pool that was given, and of a transaction that was given away. So long, too, a definition by a connection that never
/// comes back may go on.
const UNHEARD: Duration = Duration::from_secs(10);

/// When to look whether lent connections are back. The pause doubles.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Sessions at most that are told apart while lent work goes on without a pause. With more, every session is taken to
/// write there until all connections are back: any of those before may still hold one.
const MOST_CALLERS: usize = 8_192;

/// Work of which nothing else is seen, over connections of a master that were lent.
///
/// They are of a pool of their own. What was written by one is there, at the latest, when the connection is back: until
/// then nobody who must see it reads from slaves, and afterwards from those that hold all that the master had by then.
pub(crate) struct Lending {
    memory: Arc<Memory>,
    purpose: Purpose,
    pool: OnceLock<Option<DatabaseConnection>>,
    /// Called when something may have been defined.
    defined: OnceLock<Box<dyn Fn() + Send + Sync>>,
    state: Mutex<State>,
}

/// What is expected of those who borrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Migrations, and the like: whatever they do may define something.
    Definitions,
    /// What an application does: a definition is one that was seen.
    Statements,
}

#[derive(Debug, Default)]
struct State {
    /// Whether connections are out, as far as is known.
    is_open: bool,
    /// Whether a task looks when they are back.
    is_watched: bool,
    /// Who has got them meanwhile.
    callers: HashSet<SessionId>,
    /// Whether more have than are told apart.
    are_all_callers: bool,
    /// Since when one of them may define something.
    defining: Option<Moment>,
    /// Whether one of them may have: it may commit only when it comes back.
    has_defined: bool,
}

/// Who holds a connection that was lent: whatever is written by one may be its session's.
#[derive(Debug)]
pub(crate) struct Borrower {
    memory: Arc<Memory>,
    session: SessionId,
}

impl Lending {
    pub(super) fn new(memory: &Arc<Memory>, purpose: Purpose) -> Arc<Self> {
        Arc::new(Self {
            memory: memory.clone(),
            purpose,
            pool: OnceLock::new(),
            defined: OnceLock::new(),
            state: Mutex::default(),
        })
    }

    /// One for the same purpose.
    pub(super) fn anew(&self, memory: &Arc<Memory>) -> Arc<Self> {
        Self::new(memory, self.purpose)
    }

    pub(super) fn is_of(&self, memory: &Arc<Memory>) -> bool {
        Arc::ptr_eq(&self.memory, memory)
    }

    /// The pool that is lent, which `open` opens; `None` if that can't be another one than the node's.
    pub(super) fn pool(
        &self,
        open: impl FnOnce() -> Option<DatabaseConnection>,
    ) -> Option<&DatabaseConnection> {
        if self.pool.get().is_none()
            && let Some(pool) = open()
        {
            // Somebody else may have been faster, or it has been sealed: nothing is open yet.
            let _ = self.pool.set(Some(pool));
        }
        self.opened()
    }

    /// Opens no pool any more.
    pub(super) fn seal(&self) {
        let _ = self.pool.set(None);
    }

    /// That pool, if it is open.
    pub(super) fn opened(&self) -> Option<&DatabaseConnection> {
        self.pool.get()?.as_ref()
    }

    /// Has `defined` called whenever something may have been defined; the first one that is given.
    pub(crate) fn on_definition(&self, defined: impl Fn() + Send + Sync + 'static) {
        self.defined.get_or_init(|| Box::new(defined));
    }

    /// Notes that `session` is lent a connection.
    pub(crate) fn lend_to(&self, session: SessionId) -> Borrower {
        self.memory.require(session, self.heard());
        self.memory.begin_loan(session);
        Borrower {
            memory: self.memory.clone(),
            session,
        }
    }

    /// Notes that `session` is lent one for its next work, of which nobody hears when it needs it no more.
    pub(crate) fn expect(&self, session: SessionId) {
        self.memory.require(session, self.heard());
    }

    /// Notes a statement of `session`, perhaps in a transaction, that may have written.
    pub(crate) fn note_write(&self, session: SessionId) {
        self.memory.require(session, self.heard());
    }

    /// Notes that `session` uses one. What it does there is not seen: it may write without telling anybody.
    fn add_caller(&self, state: &mut State, session: SessionId) {
        if state.are_all_callers || state.callers.contains(&session) {
            return;
        }
        if state.callers.len() >= MOST_CALLERS {
            state.are_all_callers = true;
            self.memory.begin_loan_of_all();
            return;
        }
        self.memory.begin_loan(session);
        state.callers.insert(session);
    }

    /// Notes a definition, perhaps in a transaction.
    pub(crate) fn note_definition(&self) {
        self.memory.note_definition(self.heard());
        let mut state = self.state.lock();
        if state.is_open {
            self.begin_defining(&mut state);
        }
        drop(state);
        self.call_defined();
    }

    /// Notes that an open transaction of `session` is given away.
    pub(crate) fn note_given_away(&self, session: SessionId) {
        let until = Moment::now().plus(UNHEARD);
        self.memory.require(session, until);
        self.memory.note_definition(until);
    }

    /// Up to which moment what was heard now may be written: where the end is seen, that says the rest.
    fn heard(&self) -> Moment {
        match self.opened() {
            Some(_) => Moment::now(),
            None => Moment::now().plus(UNHEARD),
        }
    }

    /// Notes that the pool gives the current session a connection, which it has not got yet.
    pub(crate) fn begin(self: &Arc<Self>) {
        // Pools of servers work in a runtime alone.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        {
            let mut state = self.state.lock();
            self.add_caller(&mut state, self.memory.current());
            if !std::mem::replace(&mut state.is_open, true) {
                self.memory.begin_unseen();
                if self.purpose == Purpose::Definitions {
                    self.begin_defining(&mut state);
                }
            }
            if std::mem::replace(&mut state.is_watched, true) {
                return;
            }
        }
        // Not under the lock: with its runtime the task may end at once.
        runtime.spawn(Watch(self.clone()).run());
    }

    fn begin_defining(&self, state: &mut State) {
        state.has_defined = true;
        if state.defining.is_none() {
            state.defining = Some(Moment::now());
            self.memory.begin_defining();
        }
    }

    /// Whether no connection is out, which it notes.
    fn is_at_rest(&self) -> bool {
        let mut state = self.state.lock();
        let is_used = self.is_used();
        let is_over = state
            .defining
            .is_some_and(|since| Moment::now().since(since) > UNHEARD);
        let has_defined = match is_used {
            true if self.purpose == Purpose::Statements && is_over => self.end_defining(&mut state),
            true => false,
            false => self.end(&mut state),
        };
        drop(state);
        if has_defined {
            self.call_defined();
        }
        !is_used
    }

    /// Asked under the lock: a connection counts as used before `begin` is called.
    fn is_used(&self) -> bool {
        self.opened().is_some_and(|pool| in_use(pool) > 0)
    }

    /// Whether something may have been defined.
    fn end(&self, state: &mut State) -> bool {
        state.is_open = false;
        state.is_watched = false;
        self.end_defining(state);
        let has_defined = std::mem::take(&mut state.has_defined);
        if has_defined {
            self.memory.note_definition(Moment::now());
        }
        for session in state.callers.drain() {
            self.memory.end_loan(session);
        }
        if std::mem::take(&mut state.are_all_callers) {
            self.memory.end_loan_of_all();
        }
        self.memory.end_unseen();
        has_defined
    }

    fn end_defining(&self, state: &mut State) -> bool {
        let has_defined = state.defining.take().is_some();
        if has_defined {
            self.memory.note_definition(Moment::now());
            self.memory.end_defining();
        }
        has_defined
    }

    fn call_defined(&self) {
        if let Some(defined) = self.defined.get() {
            defined();
        }
    }
}

impl fmt::Debug for Lending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lending")
            .field("purpose", &self.purpose)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Drop for Borrower {
    fn drop(&mut self) {
        self.memory.end_loan(self.session);
    }
}

/// Looks until all connections are back.
struct Watch(Arc<Lending>);

impl Watch {
    async fn run(self) {
        let mut pause = FIRST_LOOK;
        loop {
            sleep(pause).await;
            if self.0.is_at_rest() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // With its runtime goes what has used the connections there, but not what uses them in another: who borrows next
        // has them watched again.
        let mut state = self.0.state.lock();
        if state.is_open {
            match self.0.is_used() {
                true => state.is_watched = false,
                false => drop(self.0.end(&mut state)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Extent, scope};

    #[tokio::test]
    async fn no_caller_is_forgotten_however_many_there_are() {
        let memory = Arc::new(Memory::new(UNHEARD));
        let lending = Lending::new(&memory, Purpose::Statements);
        let sessions: Vec<_> = (0..=MOST_CALLERS).map(|_| SessionId::new()).collect();
        for session in &sessions {
            scope(*session, Extent::All, async { lending.begin() }).await;
        }
        // As long as nobody has looked, all connections are out.
        let forgotten = |session: &&SessionId| memory.needed(**session) != Moment::LAST;
        assert_eq!(sessions.iter().filter(forgotten).count(), 0);
        assert!(lending.is_at_rest());
        let now = Moment::now();
        assert!(sessions.iter().all(|session| {
            let needed = memory.needed(*session);
            Moment::FIRST < needed && needed <= now
        }));
    }

    #[cfg(feature = "sqlx-sqlite")]
    #[test]
    fn what_is_out_in_another_runtime_is_out_when_the_watchers_has_ended() {
        let runtime = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_all().build().unwrap()
        };
        let (first, second) = (runtime(), runtime());
        let memory = Arc::new(Memory::new(UNHEARD));
        let lending = Lending::new(&memory, Purpose::Statements);
        let session = SessionId::new();
        let pool = second.block_on(async { sea_orm::Database::connect("sqlite::memory:").await });
        let pool = lending.pool(|| pool.ok()).unwrap().clone();
        let pool = pool.get_sqlite_connection_pool();
        let out = second.block_on(pool.acquire()).unwrap();
        first.block_on(scope(session, Extent::All, async { lending.begin() }));
        drop(first);
        assert_eq!(memory.needed(session), Moment::LAST);
        second.block_on(async {
            scope(SessionId::new(), Extent::All, async { lending.begin() }).await;
            drop(out);
            while memory.needed(session) == Moment::LAST {
                tokio::task::yield_now().await;
            }
        });
    }
}
