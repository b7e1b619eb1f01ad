//! Reads for which their slave has no connection free.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{
    Decision, Router,
    decision::{Awaits, Room},
    master::is_up,
    reader::{Read, is_close, may_stand_in},
};
use crate::{
    error::RoutingError,
    freshness::Moment,
    node::{Bind, Node},
    route::NodeReason,
    session::{Seen, SessionId},
};

/// How often who waits looks for room that no statement's end has made: a slave that is back up, has caught up, or is new.
const LOOK: Duration = Duration::from_millis(100);

/// How long it is waited for a connection where no pool says it.
const PATIENCE: Duration = Duration::from_secs(3);

/// A session's read for which its own slave may not do.
#[derive(Clone, Copy)]
pub(super) struct Crowd<'c> {
    pub(super) session: SessionId,
    pub(super) own: &'c Arc<Node>,
    pub(super) last: Seen,
    pub(super) now: Moment,
}

impl Router<'_> {
    /// Where a read goes that any slave may serve that `will_do`, and none has a connection free: to a master that has some
    /// to spare; else it waits.
    #[cold]
    pub(super) fn crowded(
        self,
        bind: &Bind,
        read: Read<'_>,
        will_do: impl Fn(&Node) -> bool,
    ) -> Result<Decision, RoutingError> {
        let soon = |slave: &Node| will_do(slave) && !slave.is_full();
        let found = self.balanced(bind, false, soon);
        let Some(slave) = found.or_else(|| self.balanced(bind, false, will_do)) else {
            return self.without_slave(bind, read);
        };
        if may_relieve(bind) {
            return Ok(read.on(&bind.master, NodeReason::Crowded));
        }
        let reason = NodeReason::Balanced {
            balance: bind.rotation.balance(),
            slaves: bind.rotation.len(),
        };
        Ok(settle_for(bind, slave, read, reason, None))
    }

    /// The slave of a session that chooses by load: where it has last read, else a new choice.
    pub(super) fn of_load<'b>(
        self,
        bind: &'b Bind,
        read: Read<'_>,
        last: Seen,
        usable: impl Fn(&Node) -> bool,
        draw: impl Fn() -> u64,
        now: Moment,
    ) -> Option<&'b Arc<Node>> {
        let is_last = |slave: &&Arc<Node>| last.place == Some(slave.place());
        let kept = bind.rotation.slaves().iter().find(is_last);
        if let Some(slave) = kept.filter(|slave| usable(slave)) {
            return Some(slave);
        }
        let has_room = |slave: &Node| bind.has_room(slave, read.has_waited);
        let holds = |slave: &Node| {
            usable(slave) && slave.freshness.is_after(last.needed_at(slave.place()), now)
        };
        let good = |slave: &Node| slave.load.admits(&draw) && has_room(slave) && holds(slave);
        self.balanced(bind, read.takes_turn, good)
            .or_else(|| self.balanced(bind, read.takes_turn, holds))
            .or_else(|| self.balanced(bind, read.takes_turn, usable))
    }

    /// Where a session's read goes while reads are short of room, or its slave is slow: to a slave that has room and holds what
    /// the session needs and has seen, its own, else the one that it read from last, else another one; then to a master that
    /// has some to spare; else it waits. `None` if it is not for that that its own slave does not serve it.
    #[cold]
    pub(super) fn of_crowd(
        self,
        bind: &Bind,
        read: Read<'_>,
        crowd: Crowd<'_>,
        needed: &impl Fn(&Node, Moment) -> Moment,
        draw: impl Fn() -> u64,
    ) -> Option<Result<Decision, RoutingError>> {
        let Crowd { own, last, now, .. } = crowd;
        let sightings = &bind.replication.sightings;
        sightings.close_if_over(now);
        let has_room = |slave: &Node| bind.has_room(slave, read.has_waited);
        let is_slow = |slave: &Node| !slave.load.admits(&draw);
        let last = match has_room(own) && !is_slow(own) {
            true => last,
            false => {
                sightings.open(now);
                sightings.of(crowd.session)
            }
        };
        let is_by_load = bind.rotation.balance().is_by_load();
        let seen = |slave: &Node| match last.place {
            None if slave.place() == own.place() && !is_by_load && !read.is_second => Moment::FIRST,
            _ => last.needed_at(slave.place()),
        };
        let holds = |slave: &Node| {
            let needed = needed(slave, now).max(seen(slave));
            let is_fit = is_close(bind, slave, now) && read.is_well(slave);
            is_fit && slave.freshness.is_after(needed, now)
        };
        let slaves = bind.rotation.len();
        let reason = |slave: &Node| match slave.place() == own.place() {
            true => NodeReason::Session { slaves },
            false => NodeReason::Crowded,
        };
        // Asked before what is known is looked at once more: what takes it back later is noticed.
        let on = |slave: &Arc<Node>| {
            let setbacks = slave.freshness.setbacks();
            holds(slave).then(|| Ok(read.on(slave, reason(slave)).relying_on(setbacks)))
        };
        let is_last = |slave: &&Arc<Node>| last.place == Some(slave.place());
        let favourite = bind.rotation.slaves().iter().find(is_last).unwrap_or(own);
        let free = |slave: &Node| has_room(slave) && !is_slow(slave) && holds(slave);
        let found = [own, favourite].into_iter().find(|slave| free(slave));
        let found = found.or_else(|| self.balanced(bind, read.takes_turn, free));
        if let Some(decision) = found.and_then(on) {
            return Some(decision);
        }
        // Other slaves may soon be known to hold what the session has seen.
        self.want_progress(bind, read.takes_turn && !read.is_second);
        let mut holding = bind.rotation.slaves().iter().filter(|slave| holds(slave));
        let (one, another) = (holding.next(), holding.next());
        if one.is_none() && last.place.is_none() {
            return None;
        }
        // What it has seen on the master, for want of room, no slave may be known to hold yet.
        if may_relieve(bind) || one.is_none() && may_stand_in(bind) {
            return Some(Ok(read.on(&bind.master, NodeReason::Crowded)));
        }
        let one = one?;
        let others = || [one].into_iter().chain(another).chain(holding.clone());
        if let Some(slow) = others().find(|slave| has_room(slave)) {
            return on(slow);
        }
        let slave = others().find(|slave| !slave.is_full()).unwrap_or(one);
        let bound_to = another.is_none().then_some(one);
        Some(Ok(settle_for(bind, slave, read, reason(slave), bound_to)))
    }

    /// The decision once a node has a connection for the read, and it is its turn.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// [`RoutingError::Overloaded`] when its turn will not come in time, or has not.
    pub(super) async fn with_room(
        self,
        decision: Decision,
        mut room: Room,
    ) -> Result<Decision, RoutingError> {
        let topology = self.dispatcher.topology();
        let bind = topology.require(&decision.node.bind)?;
        let patience = patience(bind);
        let deadline = Instant::now() + patience;
        let replication = bind.replication.clone();
        let overloaded = || RoutingError::Overloaded {
            bind: bind.name.clone(),
            waiting: replication.queue.waiting(),
        };
        let ended = bind.nodes().map(|node| node.counters.ended()).sum();
        let place = replication.queue.join(ended, patience, Moment::now());
        let place = place.ok_or_else(overloaded)?;
        let mut turn = Box::pin(place.turn(room.bound_to.clone(), false));
        loop {
            let look = deadline.min(Instant::now() + LOOK);
            let is_turn = timeout_at(look, &mut turn).await.is_ok();
            let topology = self.dispatcher.topology();
            let bind = topology.require(&decision.node.bind)?;
            let is_over = Instant::now() >= deadline;
            let is_idle = || bind.nodes().all(|node| node.counters.in_flight() == 0);
            if !is_turn && !is_over && room.bound_to.is_none() && !is_idle() {
                continue;
            }
            let read = Read {
                judgement: &decision.judgement,
                takes_turn: true,
                avoid: room.avoid.as_ref(),
                has_waited: true,
                is_second: false,
            };
            let next = self.reader(bind, read).inspect_err(|_| place.pass())?;
            match next.awaits {
                Awaits::Room(_) if is_over => return Err(overloaded()),
                Awaits::Room(next) => {
                    let is_bound_as = |other: &Option<Arc<Node>>| {
                        let place =
                            |node: &Option<Arc<Node>>| node.as_ref().map(|node| node.place());
                        place(other) == place(&next.bound_to)
                    };
                    if is_turn || !is_bound_as(&room.bound_to) {
                        turn = Box::pin(place.turn(next.bound_to.clone(), is_turn));
                    }
                    room.bound_to = next.bound_to;
                }
                awaits => {
                    // Where there is room for one more, nobody's end will tell.
                    let has_more = |node: &Arc<Node>| match node.place() == next.node.place() {
                        true => node.has_room_for_two(),
                        false => node.has_room(),
                    };
                    if bind.rotation.slaves().iter().any(has_more) {
                        place.pass();
                    }
                    return Ok(Decision {
                        node: next.node,
                        node_reason: next.node_reason,
                        setbacks: next.setbacks,
                        awaits,
                        ..decision
                    });
                }
            }
        }
    }
}

/// A slave that has no connection free: its pool's next one, if that is on its way back, else that for which it is waited.
fn settle_for(
    bind: &Bind,
    slave: &Arc<Node>,
    read: Read<'_>,
    reason: NodeReason,
    bound_to: Option<&Arc<Node>>,
) -> Decision {
    let setbacks = slave.freshness.setbacks();
    let decision = read.on(slave, reason).relying_on(setbacks);
    if !slave.is_full() && bind.is_turn(slave, read.has_waited) {
        return decision;
    }
    Decision {
        awaits: Awaits::Room(Room {
            bound_to: bound_to.cloned(),
            avoid: read.avoid.cloned(),
        }),
        ..decision
    }
}

/// Whether the master serves reads for which its slaves have no room.
fn may_relieve(bind: &Bind) -> bool {
    bind.master.has_room_to_spare() && may_stand_in(bind) && is_up(bind).is_ok()
}

/// How long a read waits for a connection: as long as it would at the most patient node that may serve it.
fn patience(bind: &Bind) -> Duration {
    let nodes = bind
        .nodes()
        .filter(|node| node.place() != bind.master.place() || may_stand_in(bind));
    nodes
        .filter_map(|node| node.patience())
        .max()
        .unwrap_or(PATIENCE)
}
