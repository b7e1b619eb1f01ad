use std::sync::Arc;

use super::{
    Decision, Router,
    decision::{Awaits, Behind},
    judgement::Judgement,
    room::{Crowd, minds_what_was_seen},
};
use crate::{
    config::{Balance, OnNoSlave, Roles},
    error::RoutingError,
    freshness::{Moment, Source},
    node::{Bind, Node, Role},
    route::NodeReason,
    session::{Consistency, Seen, SessionId},
};

/// A read that looks for its node.
#[derive(Clone, Copy)]
pub(super) struct Read<'r> {
    pub(super) judgement: &'r Arc<Judgement>,
    /// Whether it will run.
    pub(super) takes_turn: bool,
    /// A node that has just failed to serve it.
    pub(super) avoid: Option<&'r Arc<Node>>,
    /// Whether it has waited for a connection.
    pub(super) waited: Waited,
    /// Whether another node is at work on it.
    pub(super) is_second: bool,
}

impl<'r> Read<'r> {
    /// One that comes now, and will run.
    #[inline(always)]
    pub(super) fn of(judgement: &'r Arc<Judgement>) -> Self {
        Self {
            judgement,
            takes_turn: true,
            avoid: None,
            waited: Waited::Not,
            is_second: false,
        }
    }

    /// The same, which is only asked about.
    #[inline(always)]
    pub(super) fn peeking(self) -> Self {
        Self {
            takes_turn: false,
            ..self
        }
    }

    /// The same after a node that has failed to serve it, or is at work on it.
    pub(super) fn avoiding(self, node: &'r Arc<Node>) -> Self {
        Self {
            avoid: Some(node),
            ..self
        }
    }
}

/// How long a read has waited for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// It comes now.
    Not,
    /// It has a place in the queue, of that number.
    At(u64),
    /// It has waited there for as long as it does for who serves it best.
    Enough(u64),
}

/// Which node serves a read.
impl Router<'_> {
    /// A slave that holds what the level promises, or else the master, which is waited for where another node may come in
    /// its place.
    #[inline(always)]
    pub(super) fn reader(self, bind: &Bind, read: Read<'_>) -> Result<Decision, RoutingError> {
        let mut decision = self.reader_now(bind, read)?;
        if decision.node.role == Role::Master && decision.is_settled() && is_awaited(bind) {
            decision.awaits = Awaits::Master;
        }
        Ok(decision)
    }

    #[inline(always)]
    fn reader_now(self, bind: &Bind, read: Read<'_>) -> Result<Decision, RoutingError> {
        let promised = bind.replication.policy.reads.consistency;
        match self.scope.consistency.unwrap_or(promised) {
            Consistency::Strong => Ok(read.on(&bind.master, NodeReason::Strong)),
            _ if bind.rotation.len() == 0 => Ok(read.on(&bind.master, NodeReason::NoSlave)),
            level => self.reader_among_slaves(bind, read, level),
        }
    }

    fn reader_among_slaves(
        self,
        bind: &Bind,
        read: Read<'_>,
        level: Consistency,
    ) -> Result<Decision, RoutingError> {
        let replication = &bind.replication;
        match level {
            Consistency::Strong => Ok(read.on(&bind.master, NodeReason::Strong)),
            _ if !replication.is_delayed() => self.any(bind, read, |_, _| true),
            Consistency::Eventual => {
                self.any(bind, read, |slave, now| has_schema(bind, slave, now))
            }
            Consistency::Bounded => self.any(bind, read, |slave, now| {
                is_close(bind, slave, now) && has_schema(bind, slave, now)
            }),
            Consistency::Session => {
                let session = self.scope.session(self.dispatcher.id);
                let needed = |slave: &Node, now| {
                    let promise = session.promise();
                    let newest = replication.memory.newest().max(promise);
                    match slave.freshness.is_after(newest, now) {
                        true => newest,
                        false => {
                            let needed = replication.memory.needed(session).max(promise);
                            needed.max(schema_of(bind))
                        }
                    }
                };
                self.caught_up(bind, read, session, needed, NodeReason::OwnWrites)
            }
            Consistency::Process => {
                let session = self.scope.session(self.dispatcher.id);
                let needed = |_: &Node, _| {
                    let tables = read.judgement.read_tables();
                    let needed = replication.memory.needed_of(session, tables);
                    let needed = needed.max(session.promise());
                    needed.max(schema_of(bind))
                };
                self.caught_up(bind, read, session, needed, NodeReason::ProcessWrites)
            }
        }
    }

    /// Any slave that will do.
    fn any(
        self,
        bind: &Bind,
        read: Read<'_>,
        will_do: impl Fn(&Node, Moment) -> bool,
    ) -> Result<Decision, RoutingError> {
        let now = now_if_needed(bind);
        let draw = || self.dispatcher.random.below(1_000);
        let usable = |slave: &Node| will_do(slave, now) && read.admits(slave, draw, now);
        let well = |slave: &Node| will_do(slave, now) && read.is_well(slave);
        bind.rotation.weigh(now);
        let has_room = |slave: &Node| bind.has_room(slave, read.number());
        let free = |slave: &Node| has_room(slave) && slave.load.admits(draw) && usable(slave);
        let Some(slave) = self.balanced(bind, read.takes_turn, now, free) else {
            return self.crowded(bind, read, well);
        };
        // Asked before what is known is looked at once more: what takes it back later is noticed.
        let setbacks = slave.freshness.setbacks();
        match will_do(slave, now) {
            true => Ok(read
                .balanced_on(bind, slave)
                .relying_on(setbacks)
                .taken_at(now)),
            false => self.without_slave(bind, read),
        }
    }

    /// The session's own slave if it has what is needed: another one might be behind what the session has seen.
    fn caught_up(
        self,
        bind: &Bind,
        read: Read<'_>,
        session: SessionId,
        needed: impl Fn(&Node, Moment) -> Moment,
        otherwise: NodeReason,
    ) -> Result<Decision, RoutingError> {
        let now = Moment::now();
        // Another part of the number than the one that chooses the slave.
        let draw = || (session.mixed() >> 32) % 1_000;
        let usable = |slave: &Node| is_close(bind, slave, now) && read.admits(slave, draw, now);
        let well = |slave: &Node| is_close(bind, slave, now) && read.is_well(slave);
        bind.rotation.weigh(now);
        let last = match bind.replication.sightings.is_open() {
            true => bind.replication.sightings.of(session),
            false => Seen::NOTHING,
        };
        let is_by_load = bind.rotation.balance().is_by_load();
        // A slave that is not warm yet is better than none.
        let found = match is_by_load {
            true => (self.of_load(bind, read, last, usable, draw, now))
                .or_else(|| self.of_load(bind, read, last, well, draw, now)),
            false => (bind.rotation.of_session(session, usable))
                .or_else(|| bind.rotation.of_session(session, well)),
        };
        let Some(slave) = found else {
            return self.without_slave(bind, read);
        };
        let is_calm = (!bind.replication.sightings.is_open()
            || is_by_load && slave.freshness.is_after(last.needed_at(slave.place()), now))
            && bind.has_room(slave, read.number())
            && slave.load.admits(draw)
            && !read.is_second;
        if !is_calm {
            let crowd = Crowd {
                session,
                own: slave,
                last,
                now,
            };
            match self.of_crowd(bind, read, crowd, &needed, draw) {
                Some(decision) => return decision,
                None if read.is_second => return Err(no_slave(bind)),
                None => {}
            }
        }
        // What was seen elsewhere counts here, too, where it is noted: what its own slave lacks of its writes may have come since.
        let is_noted = last.place.is_some() || is_by_load;
        let seen = match is_noted && minds_what_was_seen(bind) {
            true => last.needed_at(slave.place()),
            false => Moment::FIRST,
        };
        let (needed, slaves) = (needed(slave, now).max(seen), bind.rotation.len());
        let setbacks = slave.freshness.setbacks();
        if slave.freshness.is_after(needed, now) {
            let decision = read.on(slave, NodeReason::Session { slaves });
            return Ok(decision.relying_on(setbacks).taken_at(now));
        }
        self.want_progress(bind, read.takes_turn);
        // Nobody knows how long that takes which has not ended.
        let is_open = needed == Moment::LAST;
        let awaits = match is_open || bind.replication.policy.reads.wait.is_zero() {
            true => Awaits::Nothing,
            false => Awaits::Slave(Box::new(Behind {
                slave: slave.clone(),
                needed,
                slaves,
                limit: bind.replication.policy.reads.wait,
            })),
        };
        Ok(Decision {
            awaits,
            ..read.on(&bind.master, otherwise)
        })
    }

    /// Whether the handle's bind has a slave in rotation.
    pub(crate) fn has_slave(self) -> Result<(), RoutingError> {
        let topology = self.dispatcher.topology.load();
        let told = self.told_by_scope().transpose()?;
        let bind = topology.require(told.as_ref().map_or(&self.home.bind, |told| &told.bind))?;
        self.slave(bind, false).map(drop)
    }

    /// A slave for who asks for one: a good one if there is such a one.
    pub(super) fn slave(self, bind: &Bind, takes_turn: bool) -> Result<&Arc<Node>, RoutingError> {
        let now = Moment::now();
        let good = |slave: &Node| is_close(bind, slave, now) && !slave.health.is_down();
        let free = |slave: &Node| good(slave) && slave.has_room();
        self.balanced(bind, takes_turn, now, free)
            .or_else(|| self.balanced(bind, takes_turn, now, good))
            .or_else(|| self.balanced(bind, takes_turn, now, |_| true))
            .ok_or_else(|| no_slave(bind))
    }

    pub(super) fn balanced(
        self,
        bind: &Bind,
        takes_turn: bool,
        now: Moment,
        usable: impl Fn(&Node) -> bool,
    ) -> Option<&Arc<Node>> {
        let random = &self.dispatcher.random;
        match takes_turn {
            true => bind.rotation.next(random, now, usable),
            false => bind.rotation.peek(random, now, usable),
        }
    }

    /// The master, for want of a slave.
    pub(super) fn without_slave(
        self,
        bind: &Bind,
        read: Read<'_>,
    ) -> Result<Decision, RoutingError> {
        if bind.rotation.len() == 0 {
            return Ok(read.on(&bind.master, NodeReason::NoSlave));
        }
        self.want_progress(bind, read.takes_turn);
        match may_stand_in(bind) {
            true => Ok(read.on(&bind.master, NodeReason::Lagging)),
            false => Err(no_slave(bind)),
        }
    }

    /// The master serves a read because of what is not known of the slaves: it shall be known soon.
    pub(super) fn want_progress(self, bind: &Bind, takes_turn: bool) {
        if takes_turn {
            // No question makes an assumption end sooner.
            if !matches!(bind.replication.source, Source::Window(_)) {
                bind.replication.pulse.want(Moment::now());
            }
            self.dispatcher.watch(bind);
        }
    }
}

impl Read<'_> {
    /// Who waits at a lower number comes before it.
    pub(super) fn number(self) -> u64 {
        match self.waited {
            Waited::Not => u64::MAX,
            Waited::At(number) | Waited::Enough(number) => number,
        }
    }

    pub(super) fn has_waited_enough(self) -> bool {
        matches!(self.waited, Waited::Enough(_))
    }

    pub(super) fn on(self, node: &Arc<Node>, reason: NodeReason) -> Decision {
        Decision::new(self.judgement, node, reason)
    }

    /// On a slave that the balance has chosen.
    pub(super) fn balanced_on(self, bind: &Bind, slave: &Arc<Node>) -> Decision {
        let reason = NodeReason::Balanced {
            balance: bind.rotation.balance(),
            slaves: bind.rotation.len(),
        };
        self.on(slave, reason)
    }

    pub(super) fn is_well(self, slave: &Node) -> bool {
        let is_avoided = self.avoid.is_some_and(|avoid| avoid.name == slave.name);
        !is_avoided && !slave.health.is_down()
    }

    /// Whether the slave is well, and warm enough for the work of this draw.
    fn admits(self, slave: &Node, draw: impl FnOnce() -> u64, now: Moment) -> bool {
        if self.avoid.is_some_and(|avoid| avoid.name == slave.name) {
            return false;
        }
        let trial = || {
            let is_asked = slave.replication.is_watched() || !self.takes_turn;
            !is_asked && slave.health.take_trial(now)
        };
        slave.health.admits(draw, now) || trial()
    }
}

/// Whether the master is down, and another node may become it.
fn is_awaited(bind: &Bind) -> bool {
    let replication = &bind.replication;
    bind.master.health.is_down()
        && replication.policy.failover.roles == Roles::Discover
        && replication.is_watched()
        && !replication.is_contested()
}

/// Whether it is known to be close enough behind the master.
pub(super) fn is_close(bind: &Bind, slave: &Node, now: Moment) -> bool {
    slave
        .freshness
        .is_within(bind.replication.policy.reads.max_lag, bind.last_alive(now))
}

/// What a slave must hold to have the schema that this process knows. While the master is dead, no slave will ever come
/// further, and reads that need no more than the old schema go on.
fn schema_of(bind: &Bind) -> Moment {
    match bind.master.health.is_down() {
        true => Moment::FIRST,
        false => bind.replication.memory.defined(),
    }
}

fn has_schema(bind: &Bind, slave: &Node, now: Moment) -> bool {
    let schema = schema_of(bind);
    schema == Moment::FIRST || slave.freshness.is_after(schema, now)
}

/// Whether the master may serve one more read in place of its slaves.
pub(super) fn may_stand_in(bind: &Bind) -> bool {
    let policy = &bind.replication.policy;
    let is_full = policy
        .reads
        .max_master_reads
        .is_some_and(|most| bind.replication.stand_ins() >= u64::from(most));
    policy.reads.on_no_slave == OnNoSlave::Master && !is_full
}

/// The clock costs as much as the rest of the choice.
fn now_if_needed(bind: &Bind) -> Moment {
    let is_needed = bind.replication.is_delayed()
        || bind.rotation.balance() == Balance::Latency
        || bind.slaves.iter().any(|slave| {
            slave.health.is_suspect() || slave.health.was_down() || slave.load.has_news()
        });
    match is_needed {
        true => Moment::now(),
        false => Moment::FIRST,
    }
}

pub(super) fn no_slave(bind: &Bind) -> RoutingError {
    RoutingError::NoSlave {
        bind: bind.name.clone(),
    }
}
