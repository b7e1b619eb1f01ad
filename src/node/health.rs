use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, futures::Notified};

use super::{Random, waiting::Waiting};
use crate::{
    freshness::{AtomicMoment, Moment},
    observe::Fault,
};

/// Uncertain faults in a row after which a node is down: one may be the network's, or an administrator's.
const ENOUGH: u32 = 3;

/// A blip shall not cost more.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A node that stays dead is asked once a minute.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A node that fails again so soon after it came back up stays down for twice as long.
const PROBATION: Duration = Duration::from_secs(10);

/// A slave that is back up takes its full share after this time: its caches are cold, and it may fail again.
pub(crate) const WARM_UP: Duration = Duration::from_secs(10);

/// Whether a node can be used, by what statements and the monitor met there.
///
/// A node goes down at a certain fault or after several uncertain ones. It is asked again after a pause that doubles,
/// and is back up with the first answer.
#[derive(Debug)]
pub(crate) struct Health {
    is_down: AtomicBool,
    /// Uncertain faults since the last success.
    doubts: AtomicU32,
    came_back_up: AtomicMoment,
    outage: Mutex<Outage>,
    went_down: Notify,
    /// When the last question was asked that got no answer.
    unanswered: AtomicMoment,
    /// When the last question was asked after which the node is down for certain.
    confirmed: AtomicMoment,
    silent: Notify,
    /// Who waits there for an answer, or to hear that there will be none.
    waiting: AtomicU32,
}

/// The last time that the node was down.
#[derive(Clone, Copy, Debug, Default)]
struct Outage {
    fault: Option<Fault>,
    began: Option<Moment>,
    pause: Duration,
    retry_at: Option<Moment>,
    came_back_up: Option<Moment>,
    is_on_trial: bool,
}

/// A change that deserves a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    WentDown { fault: Fault, pause: Duration },
    CameBackUp,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            is_down: AtomicBool::new(false),
            doubts: AtomicU32::new(0),
            came_back_up: AtomicMoment::default(),
            outage: Mutex::default(),
            went_down: Notify::new(),
            unanswered: AtomicMoment::default(),
            confirmed: AtomicMoment::default(),
            silent: Notify::new(),
            waiting: AtomicU32::new(0),
        }
    }
}

impl Health {
    pub(crate) fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Acquire)
    }

    /// Why it is down.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.outage().fault.filter(|_| self.is_down())
    }

    /// Whether only new connections were turned away when it was last down.
    pub(crate) fn was_closed_to_new(&self) -> bool {
        self.outage().fault.is_some_and(Fault::is_of_entry)
    }

    /// Whether it failed lately, so that the next answer is of interest.
    pub(crate) fn is_suspect(&self) -> bool {
        self.is_down() || self.doubts.load(Ordering::Relaxed) > 0
    }

    /// Whether a node that is down should be asked again: its pause is over, or somebody waits there.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
            || self.outage().retry_at.is_none_or(|at| at <= now)
    }

    /// Notes a fault. The caller says whether it is certain: a fault that alone is uncertain may have a second sign.
    pub(crate) fn note_fault(
        &self,
        fault: Fault,
        is_certain: bool,
        now: Moment,
        random: &Random,
    ) -> Option<Change> {
        let doubts = self.doubts.fetch_add(1, Ordering::Relaxed) + 1;
        let mut outage = self.outage();
        if self.is_down() {
            // A name that is gone says less than what was met before.
            if fault != Fault::Unresolved {
                outage.fault = Some(fault);
            }
            if outage.is_on_trial || outage.retry_at.is_some_and(|at| at <= now) {
                outage.is_on_trial = false;
                outage.prolong(now, random);
            }
            return None;
        }
        if !is_certain && doubts < ENOUGH {
            return None;
        }
        if outage
            .came_back_up
            .is_none_or(|came_back_up| now.since(came_back_up) > PROBATION)
        {
            outage.pause = Duration::ZERO;
        }
        outage.fault = Some(fault);
        outage.began = Some(now);
        outage.prolong(now, random);
        let pause = outage.pause;
        self.is_down.store(true, Ordering::Release);
        drop(outage);
        self.went_down.notify_waiters();
        Some(Change::WentDown { fault, pause })
    }

    /// Notes that something is odd there, for which the node does not go down.
    pub(crate) fn doubt(&self) {
        self.doubts.fetch_max(1, Ordering::Relaxed);
    }

    /// Notes that it answered; one that is down is back up when its pause is over, or `at_once`.
    pub(crate) fn note_success(&self, now: Moment, at_once: bool) -> Option<Change> {
        if !self.is_suspect() {
            return None;
        }
        let mut outage = self.outage();
        if self.is_down() {
            if !at_once && !outage.is_on_trial && outage.retry_at.is_some_and(|at| at > now) {
                return None;
            }
            outage.is_on_trial = false;
            outage.came_back_up = Some(now);
            if !at_once {
                self.came_back_up.set(now);
            }
            self.is_down.store(false, Ordering::Release);
            self.doubts.store(0, Ordering::Relaxed);
            return Some(Change::CameBackUp);
        }
        self.doubts.store(0, Ordering::Relaxed);
        None
    }

    /// Whether it is down, and that for certain: what is sent there now is refused.
    pub(crate) fn is_certainly_down(&self) -> bool {
        self.is_down() && self.fault().is_some_and(Fault::is_certain)
    }

    /// When it went down, if it is.
    pub(crate) fn went_down_at(&self) -> Option<Moment> {
        self.outage().began.filter(|_| self.is_down())
    }

    /// Notes that what the monitor asked at `asked` found the node down for certain.
    pub(crate) fn confirm(&self, asked: Moment) {
        self.confirmed.raise(asked);
    }

    /// Whether a question that was asked after `since` found it down for certain.
    pub(crate) fn is_confirmed_since(&self, since: Moment) -> bool {
        self.confirmed.get() > since
    }

    /// Notes that the node, which is down, did not answer what the monitor asked at `asked`.
    pub(crate) fn note_silence(&self, asked: Moment) {
        self.unanswered.raise(asked);
        self.silent.notify_waiters();
    }

    /// Waits until the node has not answered a question that was asked after `since`; cancel safe.
    ///
    /// What a statement met does not count, nor what was known before: the server may be well.
    pub(crate) async fn silence(&self, since: Moment) {
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let silent = self.silent.notified();
            if self.unanswered.get() > since {
                return;
            }
            silent.await;
        }
    }

    /// Ends when the node goes down after this call.
    pub(crate) fn goes_down(&self) -> Notified<'_> {
        self.went_down.notified()
    }

    /// Whether a node that is back up takes the work of this draw, from 0 to 999, already.
    pub(crate) fn admits(&self, draw: impl FnOnce() -> u64, now: Moment) -> bool {
        if self.is_down() {
            return false;
        }
        if !self.was_down() {
            return true;
        }
        let warm = now.since(self.came_back_up.get());
        if warm >= WARM_UP {
            self.came_back_up.set(Moment::FIRST);
        }
        warm >= WARM_UP || u128::from(draw()) * WARM_UP.as_micros() < warm.as_micros() * 1_000
    }

    /// Whether it was down, and no read has found it warm since.
    pub(crate) fn was_down(&self) -> bool {
        self.came_back_up.get() > Moment::FIRST
    }

    /// Whether it does not have its full share yet.
    pub(crate) fn is_warming(&self, now: Moment) -> bool {
        self.was_down() && now.since(self.came_back_up.get()) < WARM_UP
    }

    /// Whether a statement shall find out if the node is back up; one at a time, for nodes that no monitor asks.
    pub(crate) fn take_trial(&self, now: Moment) -> bool {
        let mut outage = self.outage();
        let is_due = self.is_down() && outage.retry_at.is_some_and(|at| at <= now);
        if is_due {
            outage.retry_at = Some(now.plus(outage.pause));
            outage.is_on_trial = true;
        }
        is_due
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock()
    }
}

impl Outage {
    fn prolong(&mut self, now: Moment, random: &Random) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.retry_at = Some(now.plus(random.jittered(self.pause)));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000) + Duration::from_millis(milliseconds))
    }

    fn fail(health: &Health, fault: Fault, now: Moment) -> Option<Change> {
        health.note_fault(fault, fault.is_certain(), now, &Random::seeded(1))
    }

    #[test]
    fn certain_fault_is_enough_and_one_doubt_is_not() {
        let health = Health::default();
        assert!(fail(&health, Fault::Lost, at(0)).is_none());
        assert!(fail(&health, Fault::Lost, at(1)).is_none());
        assert!(!health.is_down() && health.is_suspect());
        assert!(matches!(
            fail(&health, Fault::Refused, at(2)),
            Some(Change::WentDown {
                fault: Fault::Refused,
                ..
            })
        ));
        assert!(health.is_down());
        assert_eq!(health.fault(), Some(Fault::Refused));
    }

    #[test]
    fn three_doubts_in_a_row_are_enough() {
        let health = Health::default();
        for n in 0..10 {
            assert!(fail(&health, Fault::Lost, at(n)).is_none());
            assert!(fail(&health, Fault::Lost, at(n)).is_none());
            assert!(health.note_success(at(n), false).is_none());
        }
        fail(&health, Fault::Lost, at(20));
        fail(&health, Fault::Timeout, at(21));
        assert!(matches!(
            fail(&health, Fault::Lost, at(22)),
            Some(Change::WentDown { .. })
        ));
    }

    #[test]
    fn pause_doubles_to_a_minute_while_it_stays_dead() {
        let health = Health::default();
        let mut now = at(0);
        fail(&health, Fault::Refused, now);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let asked = now;
            while !health.is_due(now) {
                now = now.plus(Duration::from_millis(10));
            }
            pauses.push(now.since(asked).as_secs_f64());
            assert!(
                fail(&health, Fault::Refused, now).is_none(),
                "one line in the log is enough"
            );
        }
        for (pause, expected) in pauses
            .iter()
            .zip([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0])
        {
            assert!(
                (expected * 0.89..expected * 1.11).contains(pause),
                "{pauses:?}"
            );
        }
    }

    #[test]
    fn answer_after_the_pause_brings_it_back_and_warms_it_up() {
        let health = Health::default();
        fail(&health, Fault::Refused, at(0));
        assert_eq!(health.note_success(at(500), false), None);
        assert!(health.is_down());
        assert_eq!(
            health.note_success(at(1_200), false),
            Some(Change::CameBackUp)
        );
        assert!(!health.is_suspect());
        let admitted = |now| {
            (0..1000)
                .filter(|draw| health.admits(|| *draw, now))
                .count()
        };
        assert_eq!(admitted(at(1_200)), 0);
        assert_eq!(admitted(at(6_200)), 500);
        assert_eq!(admitted(at(11_200)), 1000);
    }

    #[test]
    fn fault_on_probation_doubles_the_pause_and_a_later_one_begins_anew() {
        let health = Health::default();
        fail(&health, Fault::Refused, at(0));
        health.note_success(at(2_000), false);
        let Some(Change::WentDown { pause, .. }) = fail(&health, Fault::Refused, at(3_000)) else {
            panic!("down");
        };
        assert_eq!(pause, Duration::from_secs(2));
        health.note_success(at(10_000), false);
        let Some(Change::WentDown { pause, .. }) = fail(&health, Fault::Refused, at(30_000)) else {
            panic!("down");
        };
        assert_eq!(pause, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_a_question_without_an_answer_that_was_asked_later() {
        let health = Health::default();
        health.note_silence(at(100));
        let mut wait = std::pin::pin!(health.silence(at(200)));
        let mut is_over = async || timeout(Duration::from_secs(60), &mut wait).await.is_ok();
        assert!(!is_over().await);
        fail(&health, Fault::Refused, at(210));
        assert!(
            health.is_due(at(211)),
            "whoever waits shall not wait for a minute"
        );
        health.note_silence(at(150));
        assert!(!is_over().await, "it was asked before");
        health.note_silence(at(201));
        assert!(is_over().await);
        assert!(!health.is_due(at(211)));
        health.silence(at(199)).await;
    }

    #[tokio::test]
    async fn whoever_waits_at_a_node_hears_that_it_goes_down() {
        let health = Health::default();
        let goes_down = health.goes_down();
        fail(&health, Fault::Refused, at(0));
        goes_down.await;
    }
}
