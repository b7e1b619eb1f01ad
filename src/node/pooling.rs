use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use tokio::sync::Notify;

use crate::freshness::{AtomicMoment, Moment};

const UNKNOWN: u8 = 0;
const OWN: u8 = 1;
const SHARED: u8 = 2;

/// How long nothing is sent where sessions could not be made what they have to be: the pooler may have gone meanwhile.
const REFUSED: Duration = Duration::from_secs(10);

/// Whether the sessions of a node's server are its pool's own, or a pooler in between shares them with others: what is set on
/// such a one stays there, for whoever gets it next.
#[derive(Debug)]
pub(crate) struct Pooling {
    sessions: AtomicU8,
    /// Whether each statement has to be a transaction, since two messages of one statement may reach two sessions.
    splits_statements: bool,
    /// Whether statements need a session of their own.
    is_needed: bool,
    /// When a session was found last that lacks what statements need.
    refused: AtomicMoment,
    refusals: Notify,
}

impl Default for Pooling {
    fn default() -> Self {
        Self::of(OWN)
    }
}

impl Pooling {
    /// To be found out when the first connection is opened; `is_needed` where statements need a setting of the session.
    pub(crate) fn unknown(is_needed: bool) -> Self {
        Self {
            is_needed,
            ..Self::of(UNKNOWN)
        }
    }

    /// Of a pooler that gives a session for a transaction; if it `splits_statements`, for each message of one.
    pub(crate) fn shared(splits_statements: bool) -> Self {
        Self {
            splits_statements,
            ..Self::of(SHARED)
        }
    }

    fn of(sessions: u8) -> Self {
        Self {
            sessions: AtomicU8::new(sessions),
            splits_statements: false,
            is_needed: false,
            refused: AtomicMoment::default(),
            refusals: Notify::new(),
        }
    }

    /// Notes what a new connection has shown; true if it is news that sessions are shared. That they once were is not
    /// forgotten: other connections may go the same way.
    pub(crate) fn note(&self, is_shared: bool) -> bool {
        let found = match is_shared {
            true => SHARED,
            false => OWN,
        };
        self.sessions.fetch_max(found, Ordering::Relaxed) < found && is_shared
    }

    /// Notes that a new connection is of no use: its session is not its own, and lacks what statements need. True if that is
    /// news.
    pub(crate) fn refuse(&self) -> bool {
        let is_news = !self.is_refused();
        self.refused.set(Moment::now());
        self.refusals.notify_waiters();
        is_news
    }

    /// Whether a new connection was of no use lately.
    pub(crate) fn is_refused(&self) -> bool {
        let refused = self.refused.get();
        self.is_shared() && refused > Moment::FIRST && Moment::now().since(refused) < REFUSED
    }

    /// Waits for a connection that is of no use; cancel safe.
    pub(crate) async fn refusal(&self) {
        self.refusals.notified().await;
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.sessions.load(Ordering::Relaxed) == UNKNOWN
    }

    /// Whether statements need a session of their own.
    pub(crate) fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// Whether statements can be sent without more ado, whosever the sessions are.
    #[inline]
    pub(crate) fn is_own(&self) -> bool {
        self.sessions.load(Ordering::Relaxed) == OWN
    }

    /// Whether settings of a session are ours, and hold.
    pub(crate) fn is_shared(&self) -> bool {
        self.sessions.load(Ordering::Relaxed) == SHARED
    }

    pub(crate) fn splits_statements(&self) -> bool {
        self.splits_statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooler_that_was_noticed_is_news_once_and_not_forgotten() {
        let pooling = Pooling::unknown(false);
        assert!(pooling.is_unknown());
        assert!(!pooling.note(false));
        assert!(!pooling.is_unknown() && !pooling.is_shared());
        assert!(pooling.note(true));
        assert!(!pooling.note(true) && !pooling.note(false));
        assert!(pooling.is_shared());
    }

    #[tokio::test(start_paused = true)]
    async fn refusal_holds_for_a_while() {
        let pooling = Pooling::unknown(true);
        pooling.note(true);
        assert!(!pooling.is_refused());
        assert!(pooling.refuse());
        assert!(!pooling.refuse(), "it is said once");
        assert!(pooling.is_refused());
        tokio::time::advance(REFUSED * 2).await;
        assert!(!pooling.is_refused());
    }
}
