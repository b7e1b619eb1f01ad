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
        let slow = match policy.failover.roles {
            Roles::Fixed => SLOW,
            Roles::Discover => WITH_ROLES,
        };
        Self {
            slow: slow.min(policy.reads.max_lag / 3).max(FAST),
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

    /// Whether somebody has lately wanted to know.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted_until.get() >= Moment::now()
    }

    /// How old an answer may be that a beat of now takes in.
    pub(crate) fn patience(&self) -> Duration {
        match self.is_wanted() {
            true => FAST / 2,
            false => self.slow,
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::node::test_policy;

    const MOMENT: Duration = Duration::from_millis(5);

    fn pulse(roles: Roles, max_lag: Duration) -> Pulse {
        let mut policy = test_policy();
        policy.failover.roles = roles;
        policy.reads.max_lag = max_lag;
        Pulse::new(&policy)
    }

    fn fixed() -> Pulse {
        pulse(Roles::Fixed, Duration::from_secs(10))
    }

    /// Between this beat and the next one.
    async fn pause(pulse: &Pulse) -> Duration {
        let beat = Instant::now();
        pulse.next(beat, &Random::Thread).await;
        beat.elapsed()
    }

    async fn assert_slow(pulse: &Pulse, pace: Duration) {
        let mut pauses = Vec::new();
        for _ in 0..50 {
            pauses.push(pause(pulse).await);
        }
        let around = pace * 9 / 10..=pace * 11 / 10 + MOMENT;
        assert!(
            pauses.iter().all(|pause| around.contains(pause)),
            "{pauses:?}"
        );
        let (least, most) = (pauses.iter().min(), pauses.iter().max());
        assert!(least < most, "what began together shall not stay together");
    }

    #[tokio::test(start_paused = true)]
    async fn beats_slowly_where_nobody_waits() {
        assert_slow(&fixed(), SLOW).await;
        let discovers = pulse(Roles::Discover, Duration::from_secs(10));
        assert_slow(&discovers, WITH_ROLES).await;
        let strict = pulse(Roles::Fixed, Duration::from_millis(1_200));
        assert_slow(&strict, Duration::from_millis(400)).await;
        let stricter = pulse(Roles::Fixed, Duration::from_millis(30));
        assert_slow(&stricter, FAST).await;
    }

    #[tokio::test(start_paused = true)]
    async fn beats_fast_for_a_second_after_somebody_wants_to_know() {
        let pulse = fixed();
        pulse.want(Moment::now());
        let wanted = Instant::now() + EXCITED;
        while Instant::now() <= wanted {
            let pause = pause(&pulse).await;
            assert!((FAST..=FAST + MOMENT).contains(&pause), "{pause:?}");
        }
        // The wish of then is not forgotten, and costs one beat more.
        pause(&pulse).await;
        assert_slow(&pulse, SLOW).await;
    }

    #[tokio::test(start_paused = true)]
    async fn wish_ends_a_slow_pause_but_not_before_the_shortest_one() {
        let pulse = fixed();
        let wish = async |after| {
            tokio::time::sleep(after).await;
            pulse.want(Moment::now());
        };
        for (after, expected) in [(FAST / 2, FAST), (FAST * 7, FAST * 7)] {
            let (pause, ()) = tokio::join!(pause(&pulse), wish(after));
            assert!((expected..=expected + MOMENT).contains(&pause), "{pause:?}");
            tokio::time::sleep(EXCITED * 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_goes_on_with_the_progress_that_it_needs() {
        let (pulse, is_there) = (fixed(), AtomicBool::new(false));
        let began = Instant::now();
        let deadline = began + Duration::from_secs(5);
        let waiter = pulse.until(deadline, || is_there.load(Ordering::Relaxed));
        let monitor = async {
            for beat in 0..8 {
                pulse.next(Instant::now(), &Random::Thread).await;
                is_there.store(beat == 7, Ordering::Relaxed);
                pulse.note_progress();
            }
        };
        let (is_known, ()) = tokio::join!(waiter, monitor);
        assert!(is_known);
        let beats = FAST * 8..=FAST * 8 + MOMENT * 8;
        assert!(beats.contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_in_vain_stops_at_the_deadline() {
        let pulse = fixed();
        let began = Instant::now();
        let wait = Duration::from_millis(700);
        assert!(!pulse.until(began + wait, || false).await);
        assert!((wait..=wait + MOMENT).contains(&began.elapsed()));
        assert!(
            pulse.until(began, || true).await,
            "what is there is not waited for"
        );
    }
}
