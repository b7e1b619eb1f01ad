use std::time::Duration;

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout_at},
};

use super::{Policy, Random};
use crate::{
    config::Roles,
    freshness::{AtomicMoment, Moment},
};

/// How often the monitor asks while nothing needs it: so many processes times nodes ask at once.
const SLOW: Duration = Duration::from_secs(2);

/// How often where it has to notice that another node was made the master: until then, the old one is written to.
const WITH_ROLES: Duration = Duration::from_millis(500);

/// How often it asks while a session waits for a slave: what a read from the master costs is the master's load.
const FAST: Duration = Duration::from_millis(100);

/// How long after the last call for it the fast beat goes on.
const EXCITED: Duration = Duration::from_secs(1);

/// The beat of a bind's monitor: slow, and fast while somebody wants to know.
#[derive(Debug)]
pub(crate) struct Pulse {
    slow: Duration,
    wanted_until: AtomicMoment,
    wanted: Notify,
    /// Changes whenever a slave is known to have come further.
    progress: watch::Sender<()>,
}

impl Pulse {
    /// What is known must not be older than the lag that is allowed for.
    pub(crate) fn new(policy: &Policy) -> Self {
        let slow = match policy.roles {
            Roles::Fixed => SLOW,
            Roles::Discover => WITH_ROLES,
        };
        Self {
            slow: slow.min(policy.max_lag / 3).max(FAST),
            wanted_until: AtomicMoment::default(),
            wanted: Notify::new(),
            progress: watch::Sender::new(()),
        }
    }

    /// Somebody wants to know how far the slaves are.
    pub(crate) fn want(&self, now: Moment) {
        let until = self.wanted_until.get();
        if until.since(now) < EXCITED / 2 {
            self.wanted_until.raise(now.plus(EXCITED));
            self.wanted.notify_one();
        }
    }

    /// Waits for the next beat after that of `last`; cancel safe.
    pub(crate) async fn next(&self, last: Instant, random: &Random) {
        let earliest = last + FAST;
        if self.wanted_until.get() < Moment::now() {
            tokio::select! {
                () = self.wanted.notified() => {}
                () = sleep_until(last + random.jittered(self.slow)) => return,
            }
        }
        sleep_until(earliest).await;
    }

    pub(crate) fn note_progress(&self) {
        self.progress.send_replace(());
    }

    /// Waits until `is_there` holds after some progress; false when it does not until `deadline`.
    ///
    /// Cancel safe.
    pub(crate) async fn until(&self, deadline: Instant, is_there: impl Fn() -> bool) -> bool {
        let mut progress = self.progress.subscribe();
        loop {
            if is_there() {
                return true;
            }
            self.want(Moment::now());
            // The sender lives as long as `self`.
            match timeout_at(deadline, progress.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return is_there(),
            }
        }
    }
}
