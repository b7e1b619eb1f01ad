use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const OWN: u8 = 1;
const SHARED: u8 = 2;

/// Whether the sessions of a node's server are its pool's own, or a pooler in between shares them with others: what is set on
/// such a one stays there, for whoever gets it next.
#[derive(Debug)]
pub(crate) struct Pooling {
    sessions: AtomicU8,
    /// Whether each statement has to be a transaction, since two messages of one statement may reach two sessions.
    splits_statements: bool,
}

impl Default for Pooling {
    fn default() -> Self {
        Self::of(OWN)
    }
}

impl Pooling {
    /// To be found out when the first connection is opened.
    pub(crate) fn unknown() -> Self {
        Self::of(UNKNOWN)
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
        }
    }

    /// Notes what a new connection has shown; true if it is news that sessions are shared. That they once were is not
    /// forgotten: other connections may go the same way.
    #[cfg_attr(
        not(feature = "sqlx-postgres"),
        allow(dead_code, reason = "its driver finds out")
    )]
    pub(crate) fn note(&self, is_shared: bool) -> bool {
        let found = match is_shared {
            true => SHARED,
            false => OWN,
        };
        self.sessions.fetch_max(found, Ordering::Relaxed) < found && is_shared
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.sessions.load(Ordering::Relaxed) == UNKNOWN
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
        let pooling = Pooling::unknown();
        assert!(pooling.is_unknown());
        assert!(!pooling.note(false));
        assert!(!pooling.is_unknown() && !pooling.is_shared());
        assert!(pooling.note(true));
        assert!(!pooling.note(true) && !pooling.note(false));
        assert!(pooling.is_shared());
    }
}
