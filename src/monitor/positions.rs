use tracing::{info, warn};

use super::{monitor::Monitor, report::Report, strangers::Speaker};
use crate::{
    events::NODE,
    freshness::{Lag, Life, Moment, Position},
    node::{Bind, Heard, Node, Role, Word},
    tally::Turn,
};

/// How far servers say that they have come, and what that makes of the slaves.
impl Monitor {
    /// Takes in how far a server says that it has come, unless a newer connection says something else.
    pub(super) fn hear(
        &mut self,
        bind: &Bind,
        node: &Node,
        asked: Moment,
        report: &Report,
    ) -> Heard {
        let position = report.position.as_ref().ok();
        let word = Word {
            role: node.role,
            opened: report.opened,
            asked,
            life: report.life.as_ref(),
            position: position.filter(|_| node.role == Role::Slave),
        };
        node.acquaintance
            .hear(&word, |certain| match (node.role, certain.or(position)) {
                (_, None) => {}
                // One that takes no writes follows another, perhaps at a distance: what was committed there it may lack.
                (Role::Master, Some(written)) if report.is_writer => {
                    self.expose(bind, report.life.as_ref(), asked, written);
                    self.note_written(bind, asked, written.clone());
                }
                (Role::Master, Some(_)) => {}
                (Role::Slave, Some(applied)) => {
                    let by = Speaker {
                        life: report.life.as_ref(),
                        opened: report.opened,
                        is_writer: report.is_writer,
                    };
                    self.note_applied(node, by, applied);
                }
            })
    }

    /// Finds out which slaves hold what their master has not written.
    fn expose(&mut self, bind: &Bind, life: Option<&Life>, asked: Moment, written: &Position) {
        let strange = self.strangers.judge(life, asked, written);
        let slaves = bind.slaves.iter();
        let strange = slaves.filter(|slave| strange.contains(&slave.name));
        strange.for_each(|slave| slave.freshness.set_back());
    }

    fn note_written(&mut self, bind: &Bind, asked: Moment, written: Position) {
        self.replication.memory.note_alive(asked);
        let is_other_history = self.replication.samples().add(asked, written);
        if is_other_history {
            self.strangers.begin_anew();
            warn!(target: NODE, bind = %self.bind, "the master has another history than before: its slaves are judged anew");
            bind.slaves
                .iter()
                .for_each(|slave| slave.freshness.set_back());
        }
    }

    fn note_applied(&mut self, slave: &Node, by: Speaker<'_>, applied: &Position) {
        let replication = self.replication.clone();
        let samples = replication.samples();
        let Some((newest, written)) = samples.latest() else {
            return;
        };
        if applied.is_of_other_history(written) {
            slave.freshness.forget();
        } else if !self.strangers.heed(&slave.name, by, applied, written) {
            slave.freshness.forget();
            if self.strangers.objection(&slave.name).is_none() {
                // Soon its master is known to be as far.
                replication.pulse.want(Moment::now());
            }
        } else {
            match samples.newest_reached_by(applied) {
                Some(reached) => slave.freshness.reached(reached, *newest),
                None => slave.freshness.forget(),
            }
        }
        drop(samples);
        replication.pulse.note_progress();
    }

    pub(super) fn judge(&self, bind: &Bind, slave: &Node) {
        let policy = &self.replication.policy;
        let now = bind.last_alive(Moment::now());
        let lag = slave.freshness.at(now).map(|known| now.since(known));
        match slave
            .freshness
            .judge(policy.reads.max_lag, policy.readmit_lag(), now)
        {
            Some(Lag::TooFarBehind) => {
                slave.tallies.note(Turn::FellBehind);
                warn!(
                    target: NODE, bind = %slave.bind, node = %slave.name, ?lag, max_lag = ?policy.reads.max_lag,
                    "the slave is too far behind, or its lag is not known: it serves no reads"
                );
            }
            Some(Lag::CaughtUp) => {
                slave.tallies.note(Turn::CaughtUp);
                info!(target: NODE, bind = %slave.bind, node = %slave.name, ?lag, "the slave has caught up: it serves reads again");
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arc_swap::ArcSwap;

    use super::*;
    use crate::{
        config::Balance,
        freshness::Source,
        node::{Topology, test_node_by},
    };

    #[tokio::test]
    async fn what_was_known_of_slaves_is_worthless_to_a_master_of_another_history() {
        let node = |name, role| Arc::new(test_node_by(name, role, 1, Source::Heartbeat));
        let (master, slave) = (node("master", Role::Master), node("slave", Role::Slave));
        let bind = Bind::new(master, vec![slave.clone()], Balance::Random);
        let topology = Arc::new(ArcSwap::from_pointee(Topology::new(Vec::new())));
        let mut monitor = Monitor::new(&bind, topology, Arc::default());
        let now = Moment::now();
        monitor.note_written(&bind, now, Position::Heartbeat(7));
        let by = Speaker {
            life: None,
            opened: Moment::FIRST,
            is_writer: false,
        };
        monitor.note_applied(&slave, by, &Position::Heartbeat(7));
        assert!(slave.freshness.at(now).is_some());
        monitor.note_written(&bind, now, Position::Heartbeat(8));
        assert!(slave.freshness.at(now).is_some());
        monitor.note_written(&bind, now, Position::Heartbeat(3));
        assert_eq!(slave.freshness.at(now), None);
    }
}
