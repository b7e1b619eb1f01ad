use std::sync::Arc;

use tokio::time::Instant;

use super::{
    Decision, Router,
    decision::{Awaits, Behind, Room},
};
use crate::{error::RoutingError, freshness::Moment, route::NodeReason};

impl Decision {
    /// Whether the statement can be sent at once.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.awaits, Awaits::Nothing)
    }
}

impl Router<'_> {
    /// The decision after the wait for a master, or for a slave that lacked something.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// There was no master in time.
    pub(super) async fn settled(self, mut decision: Decision) -> Result<Decision, RoutingError> {
        if let Awaits::Room(room) = &decision.awaits {
            let room = room.clone();
            decision = self.with_room(decision, room).await?;
        }
        match std::mem::take(&mut decision.awaits) {
            Awaits::Nothing | Awaits::Room(_) => {}
            Awaits::Master => {
                let instead = || self.slave_instead(&decision);
                let bind = &decision.node.bind;
                let bind = self.dispatcher.master_unless(bind, || instead().is_some());
                match bind.await {
                    Ok(bind) => decision.node = bind.master.clone(),
                    Err(down) => {
                        let mut next = instead().ok_or(down)?;
                        return match std::mem::take(&mut next.awaits) {
                            Awaits::Room(room) => self.with_room(next, room).await,
                            _ => Ok(next),
                        };
                    }
                }
            }
            Awaits::Slave(behind) => {
                if let Some(setbacks) = caught_up(&behind).await {
                    let Behind { slave, slaves, .. } = *behind;
                    if !slave.has_room() {
                        let by = Arc::new([slave.place()]);
                        return self.with_room(decision, Box::new(Room::new(by))).await;
                    }
                    let decision = decision.moved(slave, NodeReason::Session { slaves });
                    return Ok(decision.relying_on(setbacks));
                }
            }
        }
        Ok(decision)
    }
}

/// Waits for the slave as long as its bind allows; if it has what it lacked, how often it had been set back before.
async fn caught_up(behind: &Behind) -> Option<u32> {
    let Behind {
        slave,
        needed,
        limit,
        ..
    } = behind;
    let replication = &slave.replication;
    let deadline = Instant::now() + *limit;
    let has_arrived =
        || !slave.health.is_down() && slave.freshness.is_after(*needed, Moment::now());
    while replication.pulse.until(deadline, has_arrived).await {
        let setbacks = slave.freshness.setbacks();
        if has_arrived() {
            return Some(setbacks);
        }
    }
    None
}
