use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::time::{Instant, sleep};

use super::{Decision, Dispatcher, Router, decision::Awaits, reader::Read};
use crate::{
    config::Roles,
    driver::{has_idle, has_room, in_use, patience},
    error::RoutingError,
    freshness::Moment,
    names::BindName,
    node::{Bind, Node, Random, Role},
    observe::{self, Fault, fault, is_acquire_timeout},
};

/// Connections on which the same work may meet a fault one after the other.
const MOST_CONNECTIONS: usize = 3;

/// How long a statement waits to hear whether a master still is down that nobody else can replace: a beat of the monitor, and
/// as long as that waits for an answer.
const LATEST_WORD: Duration = Duration::from_secs(1);

/// How often it waits for that.
const MOST_WORDS: u32 = 3;

/// The first pause before a full master is asked again; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// How long work that gets no new connection, whatever the reason, waits for one that is open: a plain connection gives the error.
const LONGEST_WITHOUT_ENTRY: Duration = Duration::from_secs(1);

/// Refuses to send the master what it can't take: writes need one that is up, and one only.
///
/// Where nobody else can become the master, silence is no reason: they wait there as on a plain connection.
pub(super) fn is_up(bind: &Bind) -> Result<(), RoutingError> {
    one_master(bind)?;
    let (health, replication) = (&bind.master.health, &bind.replication);
    if !health.is_down() || !replication.is_watched() {
        return Ok(());
    }
    replication.pulse.want(Moment::now());
    match replication.policy.failover.roles == Roles::Fixed && !health.is_certainly_down() {
        true => Ok(()),
        false => Err(is_down(&bind.master)),
    }
}

/// How long a master that nobody else can replace may still take to restart before nobody waits for it: a plain connection
/// would try again, too.
fn restarting(master: &Node) -> Duration {
    let health = &master.health;
    let is_restart = health.fault().is_some_and(Fault::may_be_a_restart);
    let Some(began) = health.went_down_at().filter(|_| is_restart) else {
        return Duration::ZERO;
    };
    let hold = master.replication.policy.failover.hold_writes;
    hold.saturating_sub(Moment::now().since(began))
}

/// The refusal to send something to a master that is down.
pub(super) fn is_down(master: &Node) -> RoutingError {
    RoutingError::MasterDown {
        node: master.key(),
        fault: (master.health.fault()).map_or_else(String::new, |fault| fault.to_string()),
    }
}

/// The pause before an attempt, if all pauses together are within a patience. Those who wait together do not go on together.
fn pause_before(attempt: u32, patience: Duration) -> Option<Duration> {
    let pauses = || (0..).map(|turn: u32| (FIRST_PAUSE * (1 << turn.min(8))).min(LONGEST_PAUSE));
    let attempt = usize::try_from(attempt).ok()?;
    let waited: Duration = pauses().take(attempt + 1).sum();
    let pause = pauses().nth(attempt).filter(|_| waited <= patience)?;
    Some(Random::Thread.jittered(pause))
}

/// The pause before another attempt of what was not sent as its connection broke off while it was opened, or was lost: until then a
/// driver tries again that is only refused.
fn pause_after(decision: &Decision, error: &DbErr) -> Option<Duration> {
    let may_pass = fault(error).is_some_and(Fault::ends_connections);
    pause_before(decision.pauses, patience(&decision.node.connection)).filter(|_| may_pass)
}

/// Waiting for a master.
impl Dispatcher {
    /// Waits until `bind` has a master that is up, or is known to have none: with roles that are discovered for as long as
    /// the bind says, else until its master has had the time of a restart and been asked once more. What was known before
    /// may be over.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// As [`is_up`], when the wait is over or too many wait already.
    pub(crate) async fn master_of(&self, name: &BindName) -> Result<Arc<Bind>, RoutingError> {
        self.master_unless(name, || false).await
    }

    /// As [`master_of`](Self::master_of), and not as soon as there is something `else_`.
    pub(super) async fn master_unless(
        &self,
        name: &BindName,
        else_: impl Fn() -> bool,
    ) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let Err(down) = is_up(&bind) else {
            return Ok(bind);
        };
        let Some(_held) = bind.replication.hold() else {
            return Err(down);
        };
        let (began, policy) = (Moment::now(), &bind.replication.policy);
        let is_fixed = policy.failover.roles == Roles::Fixed;
        let patience = if is_fixed {
            LATEST_WORD.max(restarting(&bind.master))
        } else {
            policy.failover.hold_writes
        };
        let master = &bind.master;
        let is_over_for_good =
            || master.health.is_confirmed_since(began) && restarting(master).is_zero();
        let is_known = || is_fixed && is_over_for_good();
        let is_over = || is_known() || else_();
        self.master_until(Instant::now() + patience, name, is_over)
            .await
    }

    async fn master_until(
        &self,
        deadline: Instant,
        name: &BindName,
        is_over: impl Fn() -> bool,
    ) -> Result<Arc<Bind>, RoutingError> {
        let bind = self.topology().require(name)?.clone();
        let now_up = || {
            let topology = self.topology();
            let bind = topology.require(name)?.clone();
            is_up(&bind).map(|()| bind)
        };
        let pulse = &bind.replication.pulse;
        pulse
            .until(deadline, || now_up().is_ok() || is_over())
            .await;
        now_up()
    }
}

impl Router<'_> {
    /// The decision for what is for the master and met no connection there, or a fault that makes nothing twice: a new
    /// connection of that master, a slave that has what a read needs, or another node that has become the master
    /// meanwhile. Of what `is_unsent`, the error says why it got no connection.
    pub(super) async fn once_more(
        self,
        decision: &Decision,
        error: &DbErr,
        is_unsent: bool,
    ) -> Option<Decision> {
        let unsent = is_unsent.then_some(error);
        if let Some(next) = self.slave_instead(decision) {
            return Some(next);
        }
        if unsent.is_none()
            && let Some(next) = self.on_new_connection(decision)
        {
            // The second one that ends is no accident: a proxy restarts, say.
            if decision.failed > 0 {
                sleep(FIRST_PAUSE * (4 << decision.failed.min(4))).await;
            }
            return Some(next);
        }
        let node = &decision.node;
        // It has waited for a new connection, and not for one of those that are open.
        let met_no_entry = unsent.is_some_and(is_acquire_timeout)
            && has_room(&node.connection)
            && !node.health.is_down();
        let may_wait = is_unsent || decision.failed < MOST_CONNECTIONS && node.health.is_down();
        let next = match unsent.and_then(fault) {
            Some(Fault::TooManyConnections) => self.when_there_is_room(decision).await,
            Some(fault) if fault.is_of_entry() => self.with_one_that_comes_back(decision).await,
            _ if met_no_entry && decision.failed == 0 => {
                // Those who came together have waited as long, and not all find one at once.
                sleep(LONGEST_PAUSE.mul_f64(rand::random())).await;
                let next = self.with_one_that_comes_back(decision).await;
                next.map(|next| Decision { failed: 1, ..next })
            }
            _ if decision.may_wait_for_its_master() && may_wait => {
                self.on_same_master(decision, error).await
            }
            _ => None,
        };
        match next {
            None if !decision.may_wait_for_its_master() => self.on_new_master(decision).await,
            next => next,
        }
    }

    /// The decision for what met a master that is full, after a pause: a connection of ours comes back, or another client goes.
    /// PostgreSQL's driver waits so by itself, and only so.
    async fn when_there_is_room(self, decision: &Decision) -> Option<Decision> {
        let pause = pause_before(decision.pauses, patience(&decision.node.connection))?;
        let _held = decision.node.replication.hold()?;
        sleep(pause).await;
        let next = self.slave_instead(decision);
        Some(next.unwrap_or_else(|| Decision {
            pauses: decision.pauses + 1,
            ..decision.clone()
        }))
    }

    /// The decision for what got no new connection, when one of those that are open may have come back. Another attempt to get in before
    /// that is no use where the answer is not about room, and may lock an account.
    async fn with_one_that_comes_back(self, decision: &Decision) -> Option<Decision> {
        let connection = &decision.node.connection;
        let _held = decision.node.replication.hold()?;
        let patience = patience(connection).min(LONGEST_WITHOUT_ENTRY);
        for turn in decision.pauses.. {
            // Those that are being opened are among those in use.
            let may_pass = has_idle(connection) || in_use(connection) > 0;
            let pause = pause_before(turn, patience).filter(|_| may_pass)?;
            sleep(pause).await;
            if let Some(next) = self.slave_instead(decision) {
                return Some(next);
            }
            // Unless another one has taken its place.
            self.where_it_was(decision)?;
            if has_idle(connection) {
                return Some(Decision {
                    pauses: turn + 1,
                    ..decision.clone()
                });
            }
        }
        None
    }

    /// The decision for what met no connection at a master that nobody can replace, or lost the one it had, when it is known how
    /// that is: it may be restarting.
    async fn on_same_master(self, decision: &Decision, error: &DbErr) -> Option<Decision> {
        let (health, replication) = (&decision.node.health, &decision.node.replication);
        let is_timeout = is_acquire_timeout(error);
        let pause = match is_timeout {
            // A pool that has none to give is no fault of a master that is up.
            true if !health.is_down() || decision.failed >= MOST_CONNECTIONS => None,
            true => Some(Duration::ZERO),
            false => pause_after(decision, error),
        };
        let pause = pause.filter(|_| replication.is_watched())?;
        let _held = replication.hold()?;
        sleep(pause).await;
        if decision.pauses < MOST_WORDS {
            let is_known = || health.is_certainly_down() || !health.is_suspect();
            let deadline = Instant::now() + LATEST_WORD;
            replication.pulse.until(deadline, is_known).await;
        }
        Some(Decision {
            failed: decision.failed + usize::from(is_timeout || !observe::is_unsent(error)),
            pauses: decision.pauses + 1,
            awaits: Awaits::Master,
            ..decision.clone()
        })
    }

    /// The same where it was, if that is still there: its other connections are asked before they are used.
    pub(super) fn on_new_connection(self, decision: &Decision) -> Option<Decision> {
        if decision.failed >= MOST_CONNECTIONS {
            return None;
        }
        let replication = &decision.node.replication;
        let topology = self.dispatcher.topology();
        let reads = topology.bind(&decision.node.bind)?.reads();
        let next = self.where_it_was(decision)?;
        replication.may_retry(reads).then_some(next)
    }

    /// The same for what was not sent because no connection could be opened, after a pause: a proxy restarts, say.
    pub(super) async fn on_new_connection_later(
        self,
        decision: &Decision,
        unsent: &DbErr,
    ) -> Option<Decision> {
        let pause = pause_after(decision, unsent)?;
        let held = decision.node.replication.hold()?;
        sleep(pause).await;
        drop(held);
        match self.where_it_was(decision) {
            Some(next) => Some(Decision {
                failed: decision.failed,
                pauses: decision.pauses + 1,
                ..next
            }),
            None => self.on_new_master(decision).await,
        }
    }

    fn where_it_was(self, decision: &Decision) -> Option<Decision> {
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&decision.node.bind)?;
        let node = bind
            .nodes()
            .find(|node| node.shares_pool_with(&decision.node))?;
        let is_well = node.role == Role::Slave || is_up(bind).is_ok();
        is_well.then(|| Decision {
            failed: decision.failed + 1,
            node: node.clone(),
            ..decision.clone()
        })
    }

    /// The same on a slave that has by now what the read needs.
    pub(super) fn slave_instead(self, decision: &Decision) -> Option<Decision> {
        if !decision.may_go_to_a_slave() {
            return None;
        }
        let topology = self.dispatcher.topology();
        let bind = topology.bind(&decision.node.bind)?;
        let read = Read::of(&decision.judgement).peeking();
        let next = self.reader(bind, read).ok()?;
        let (reason, is_slave) = (next.node_reason, next.node.role == Role::Slave);
        (is_slave && decision.failed < MOST_CONNECTIONS).then(|| Decision {
            failed: decision.failed + 1,
            ..decision.clone().moved_as(next, reason)
        })
    }

    /// The decision for what met no connection, when another node has become the master meanwhile: it was not sent to
    /// the old one.
    async fn on_new_master(self, decision: &Decision) -> Option<Decision> {
        let instead = || self.slave_instead(decision);
        let next = self
            .next_master(&decision.node, || instead().is_some())
            .await;
        let is_next = |node: Arc<Node>| Decision {
            node,
            ..decision.clone()
        };
        next.map(is_next).or_else(instead)
    }

    /// The node that has become the master in the place of `old`, waited for if there is none, unless there is something
    /// `else_`.
    ///
    /// Cancel safe.
    async fn next_master(self, old: &Arc<Node>, else_: impl Fn() -> bool) -> Option<Arc<Node>> {
        let discovers = old.replication.policy.failover.roles == Roles::Discover;
        if old.role != Role::Master || !discovers || self.scope.node.is_named() {
            return None;
        }
        let has_changed = |bind: &Arc<Bind>| !Arc::ptr_eq(&bind.master, old);
        let topology = self.dispatcher.topology();
        let known = topology.bind(&old.bind).filter(|bind| has_changed(bind));
        if let Some(bind) = known.filter(|bind| is_up(bind).is_ok()) {
            return Some(bind.master.clone());
        }
        let _held = old.replication.hold()?;
        // The monitor is about to find out what the fault was.
        let deadline = Instant::now() + old.replication.policy.failover.hold_writes;
        let is_known = || match old.is_retired() {
            // The new one's topology follows at once.
            true => self
                .dispatcher
                .topology()
                .bind(&old.bind)
                .is_none_or(has_changed),
            false => old.health.is_down() || !old.health.is_suspect(),
        };
        let pulse = &old.replication.pulse;
        pulse.until(deadline, || is_known() || else_()).await;
        let bind = self.dispatcher.master_until(deadline, &old.bind, else_);
        let bind = bind.await.ok()?;
        has_changed(&bind).then(|| bind.master.clone())
    }
}

/// Refuses to write where several nodes claim to be the master.
pub(super) fn one_master(bind: &Bind) -> Result<(), RoutingError> {
    match bind.replication.is_contested() {
        false => Ok(()),
        true => Err(RoutingError::TwoMasters {
            bind: bind.name.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pauses together are within the patience, give or take what tells apart those who wait together.
    #[test]
    fn pauses_end_with_the_patience() {
        assert_eq!(pause_before(0, Duration::ZERO), None);
        for seconds in [1, 3, 30] {
            let patience = Duration::from_secs(seconds);
            let pauses: Vec<_> = (0..)
                .map_while(|turn| pause_before(turn, patience))
                .collect();
            let all: Duration = pauses.iter().sum();
            assert!(all < patience * 11 / 10 && all > patience / 2, "{all:?}");
            assert!(pauses.iter().all(|pause| *pause < LONGEST_PAUSE * 2));
        }
    }
}
