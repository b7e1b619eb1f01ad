//! Reads for which their slave has no connection free.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{
    Decision, Router,
    decision::{Awaits, Behind, Room, SESSION_PATIENCE},
    master::is_up,
    reader::{Read, Waited, is_close, may_stand_in},
};
use crate::{
    config::OnNoSlave,
    error::RoutingError,
    freshness::Moment,
    node::{Bind, Node, Place},
    route::NodeReason,
    session::{Seen, SessionId},
};

/// How often who waits looks for room that no statement's end has made: a slave that is back up, has caught up, or is new.
const LOOK: Duration = Duration::from_millis(100);

/// How long it is waited for a connection where no pool says it.
const PATIENCE: Duration = Duration::from_secs(3);

/// A slave that was no further behind when it was last asked is known to hold what was just seen within that time.
const NEAR: Duration = Duration::from_millis(150);

/// A session's read for which its own slave may not do.
#[derive(Clone, Copy)]
pub(super) struct Crowd<'c> {
    pub(super) session: SessionId,
    pub(super) own: &'c Arc<Node>,
    pub(super) last: Seen,
    pub(super) now: Moment,
}

impl Router<'_> {
    /// Where a read goes that any slave may serve that `will_do`, and none that is warm and quick has a connection free: to
    /// one that is not warm yet, else to a master that has some to spare, else to a slow slave; else it waits.
    #[cold]
    pub(super) fn crowded(
        self,
        bind: &Bind,
        read: Read<'_>,
        will_do: impl Fn(&Node) -> bool,
    ) -> Result<Decision, RoutingError> {
        let now = Moment::now();
        let has_room = |slave: &Node| bind.has_room(slave, read.number()) && will_do(slave);
        let quick = |slave: &Node| !slave.load.is_slow() && will_do(slave);
        let on = |slave: &Arc<Node>| {
            // Asked before what is known is looked at once more: what takes it back later is noticed.
            let setbacks = slave.freshness.setbacks();
            let decision = || read.balanced_on(bind, slave).relying_on(setbacks);
            will_do(slave).then(decision)
        };
        let cold = self.balanced(bind, read.takes_turn, now, |slave| {
            quick(slave) && has_room(slave)
        });
        if let Some(decision) = cold.and_then(on) {
            return Ok(decision);
        }
        let on_master = || Ok(read.on(&bind.master, NodeReason::Crowded));
        let awaited = self.balanced(bind, false, now, quick);
        if awaited.is_some() && may_relieve(bind) {
            return on_master();
        }
        let slow = self.balanced(bind, read.takes_turn, now, has_room);
        if let Some(decision) = slow.and_then(on) {
            return Ok(decision);
        }
        let awaited = awaited.or_else(|| self.balanced(bind, false, now, &will_do));
        match awaited {
            Some(_) if may_relieve(bind) => on_master(),
            Some(slave) => {
                let by = places(bind, &will_do);
                Ok(awaiting(read.balanced_on(bind, slave), read, by))
            }
            None => self.without_slave(bind, read),
        }
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
        let has_room = |slave: &Node| bind.has_room(slave, read.number());
        let holds = |slave: &Node| {
            usable(slave) && slave.freshness.is_after(last.needed_at(slave.place()), now)
        };
        let good = |slave: &Node| slave.load.admits(&draw) && has_room(slave) && holds(slave);
        self.balanced(bind, read.takes_turn, now, good)
            .or_else(|| self.balanced(bind, read.takes_turn, now, holds))
            .or_else(|| self.balanced(bind, read.takes_turn, now, usable))
    }

    /// Where a session's read goes while reads are short of room, or its slave is slow: to a slave that has room and holds what
    /// the session needs and has seen, its own, else the one that it read from last, else another one; else it waits for one
    /// of them, and then goes to a master that has some to spare. `None` if it is not for that that its own slave does not
    /// serve it.
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
        // While its master is dead, a slave may be further behind and serve.
        sightings.close_if_over(bind.last_alive(now));
        // What its own slave lacks of its writes is another matter.
        if !read.is_second && !own.freshness.is_after(needed(own, now), now) {
            return None;
        }
        let has_room = |slave: &Node| bind.has_room(slave, read.number());
        let is_slow = |slave: &Node| !slave.load.admits(&draw);
        let last = match has_room(own) && !is_slow(own) {
            true => last,
            false => {
                // A read that has ended since then is not in the book yet.
                sightings.open(Moment::now());
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
        // Where it reads from who is chosen by load, all that somebody may have seen is its own.
        let has_seen = last.place.is_some() || is_by_load && last.elsewhere > Moment::FIRST;
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
        let found = found.or_else(|| self.balanced(bind, read.takes_turn, now, free));
        if let Some(decision) = found.and_then(on) {
            return Some(decision);
        }
        if read.is_second {
            return None;
        }
        // Other slaves may soon be known to hold what the session has seen.
        self.want_progress(bind, read.takes_turn);
        let holding = || bind.rotation.slaves().iter().filter(|slave| holds(slave));
        let on_master = read.on(&bind.master, NodeReason::Crowded);
        let Some(one) = holding().next() else {
            return match has_seen && minds_what_was_seen(bind) {
                true => {
                    let needed = needed(own, now).max(seen(own));
                    let behind = Behind {
                        slave: own.clone(),
                        needed,
                        slaves,
                        limit: SESSION_PATIENCE,
                    };
                    Some(Ok(unless_soon(bind, on_master, behind, now)))
                }
                false => None,
            };
        };
        if read.has_waited_enough() && may_relieve(bind) {
            return Some(Ok(on_master));
        }
        let quick = holding().find(|slave| !is_slow(slave));
        if let Some(slow) = holding().find(|slave| has_room(slave))
            && (quick.is_none() || read.has_waited_enough())
        {
            return on(slow);
        }
        let slave = quick.unwrap_or(one);
        let by = places(bind, holds);
        Some(Ok(awaiting(read.on(slave, reason(slave)), read, by)))
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
        room: Box<Room>,
    ) -> Result<Decision, RoutingError> {
        let topology = self.dispatcher.topology();
        let bind = topology.require(&decision.node.bind)?;
        let patience = patience(bind);
        let begun = Instant::now();
        let deadline = begun + patience;
        let enough = begun + room.limit.min(patience);
        let replication = bind.replication.clone();
        let overloaded = || RoutingError::Overloaded {
            bind: decision.node.bind.clone(),
            waiting: replication.queue.waiting(),
        };
        let ended = bind.nodes().map(|node| node.counters.ended()).sum();
        let place = (replication.queue).join(ended, patience, &room.by, Moment::now());
        let Some(place) = place else {
            // Whoever can serve it at once, if anybody can.
            let next = self.after_waiting(&decision, &room, Waited::Enough(u64::MAX))?;
            return match next.awaits {
                Awaits::Room(_) => Err(overloaded()),
                _ => Ok(decision.placed_as(next)),
            };
        };
        loop {
            let now = Instant::now();
            let mut look = deadline.min(now + LOOK);
            if now < enough {
                look = look.min(enough);
            }
            // That it is its turn, or that it looks without being told, makes no difference.
            let _ = timeout_at(look, place.turn()).await;
            let now = Instant::now();
            let waited = match now >= enough {
                true => Waited::Enough(place.number()),
                false => Waited::At(place.number()),
            };
            let next = self.after_waiting(&decision, &room, waited)?;
            match next.awaits {
                Awaits::Room(_) if now >= deadline => return Err(overloaded()),
                Awaits::Room(next) => place.wait_on(&next.by),
                _ => {
                    self.pass_on(&next.node, place);
                    return Ok(decision.placed_as(next));
                }
            }
        }
    }

    /// Where the read goes that has waited.
    fn after_waiting(
        self,
        decision: &Decision,
        room: &Room,
        waited: Waited,
    ) -> Result<Decision, RoutingError> {
        let topology = self.dispatcher.topology();
        let bind = topology.require(&decision.node.bind)?;
        let read = Read {
            avoid: room.avoid.as_ref(),
            waited,
            ..Read::of(&decision.judgement)
        };
        self.reader(bind, read)
    }

    /// Gives `place` up for `node`, and wakes who comes next, if there is room for one more: nobody's end would tell.
    fn pass_on(self, node: &Node, place: Place<'_>) {
        let queue = place.leave();
        let topology = self.dispatcher.topology();
        let Some(bind) = topology.bind(&node.bind) else {
            return;
        };
        for slave in bind.rotation.slaves() {
            let has_more = match node.place() == slave.place() {
                true => slave.has_room_for_two(),
                false => slave.has_room(),
            };
            if has_more {
                queue.note_end(|| slave.place());
            }
        }
    }
}

impl Decision {
    /// The same where the other one goes.
    fn placed_as(self, next: Self) -> Self {
        Self {
            node: next.node,
            node_reason: next.node_reason,
            setbacks: next.setbacks,
            awaits: next.awaits,
            ..self
        }
    }
}

/// The same when one of the nodes that it may be served `by` has a connection for it.
fn awaiting(decision: Decision, read: Read<'_>, by: Arc<[usize]>) -> Decision {
    Decision {
        awaits: Awaits::Room(Box::new(Room {
            avoid: read.avoid.cloned(),
            ..Room::new(by)
        })),
        ..decision
    }
}

/// The places of the slaves that `may` serve a read, and of a master that relieves them.
fn places(bind: &Bind, may: impl Fn(&Node) -> bool) -> Arc<[usize]> {
    let slaves = bind.rotation.slaves().iter();
    let slaves = slaves.filter(|slave| may(slave)).map(|slave| slave.place());
    slaves
        .chain(may_stand_in(bind).then(|| bind.master.place()))
        .collect()
}

/// The decision for the master, at once if it has room to spare and its session's slave will hold what that has seen only
/// later; else when the slave was waited for.
fn unless_soon(bind: &Bind, on_master: Decision, behind: Behind, now: Moment) -> Decision {
    let lag = behind.slave.freshness.lag(now);
    let is_soon = lag.is_some_and(|lag| lag < NEAR) && behind.needed < now;
    if may_relieve(bind) && !is_soon {
        return on_master;
    }
    Decision {
        awaits: Awaits::Slave(Box::new(behind)),
        ..on_master
    }
}

/// Whether what a session has seen may send it to the master. Without one nobody will ever be known to hold what was seen there:
/// then its own writes must do.
pub(super) fn minds_what_was_seen(bind: &Bind) -> bool {
    bind.replication.policy.reads.on_no_slave == OnNoSlave::Master && is_up(bind).is_ok()
}

/// Whether the master serves reads for which its slaves have no room.
fn may_relieve(bind: &Bind) -> bool {
    bind.master.has_room_to_spare() && may_stand_in(bind) && is_up(bind).is_ok()
}

/// How long a read waits for a connection: as long as it would at the pool of a slave, and then at that of the master if that
/// may serve it.
fn patience(bind: &Bind) -> Duration {
    let slaves = bind.slaves.iter().filter_map(|slave| slave.patience());
    let slaves = slaves.max().unwrap_or(PATIENCE);
    let master = match may_stand_in(bind) {
        true => bind.master.patience().unwrap_or_default(),
        false => Duration::ZERO,
    };
    slaves + master
}
