use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;

use super::report::Report;
use crate::{
    freshness::{Life, Position},
    names::NodeName,
    node::{Lineage, Node, Role},
};

/// What the servers of a bind last said of themselves.
#[derive(Debug, Default)]
pub(super) struct Claims {
    writers: BTreeMap<NodeName, Writer>,
    lineage: Arc<Mutex<Lineage>>,
}

/// A server that says that it takes writes.
#[derive(Debug)]
struct Writer {
    position: Option<Position>,
    life: Option<Life>,
    is_master: bool,
}

impl Claims {
    /// With what was seen before.
    pub(super) fn of(lineage: &Arc<Mutex<Lineage>>) -> Self {
        Self {
            writers: BTreeMap::new(),
            lineage: lineage.clone(),
        }
    }

    /// Notes what a server said. One that did not answer keeps its claim until it is down: a slow answer must not
    /// make a master of another one.
    pub(super) fn note(&mut self, node: &Node, report: Option<&Report>) {
        match report {
            // A slave that is not read-only is no master, and knows more of its master than that has said before.
            Some(report) if report.claims_mastership(node.role) => {
                let is_master = node.role == Role::Master;
                if let Some(Position::Postgres(lsn)) = &report.claim {
                    let mut lineage = self.lineage.lock();
                    let newest = lineage.newest.entry(lsn.system).or_default();
                    *newest = lsn.timeline.max(*newest);
                    if is_master {
                        lineage.system = Some(lsn.system);
                    }
                }
                let writer = Writer {
                    position: report.claim.clone(),
                    life: report.life.clone(),
                    is_master,
                };
                self.writers.insert(node.name.clone(), writer);
            }
            None if !node.health.is_down() => {}
            report => {
                self.writers.remove(&node.name);
                if report.is_some_and(Report::is_slave) {
                    self.lineage.lock().replaced.remove(&node.name);
                }
            }
        }
    }

    /// Notes that another node has become the master in the place of this one, whose claim counts no more: it may go on
    /// writing a history of its own.
    pub(super) fn replace(&mut self, node: &NodeName) {
        self.lineage.lock().replaced.insert(node.clone());
    }

    /// Follows the servers to their next names, and forgets those that have none.
    pub(super) fn rename(&mut self, next: impl Fn(&NodeName) -> Option<NodeName>) {
        let writers = std::mem::take(&mut self.writers).into_iter();
        self.writers = writers
            .filter_map(|(node, writer)| Some((next(&node)?, writer)))
            .collect();
        let mut lineage = self.lineage.lock();
        lineage.replaced = lineage.replaced.iter().filter_map(next).collect();
    }

    /// Forgets the servers that no longer belong to the bind.
    pub(super) fn retain(&mut self, belongs: impl Fn(&NodeName) -> bool) {
        self.writers.retain(|node, _| belongs(node));
    }

    pub(super) fn mastership(&self) -> Mastership {
        let lineage = self.lineage.lock();
        let counts = |position: &Option<Position>| match position {
            Some(Position::Postgres(lsn)) => {
                let is_of_the_past = lineage.newest.get(&lsn.system) > Some(&lsn.timeline);
                !is_of_the_past && lineage.system.is_none_or(|system| system == lsn.system)
            }
            _ => true,
        };
        let claims = self.writers.iter();
        let claims = claims.filter(|(node, writer)| {
            counts(&writer.position)
                && !lineage.replaced.contains(*node)
                && !self.is_the_master_too(node, writer)
        });
        let claims: Vec<_> = claims
            .map(|(node, writer)| Claim {
                node,
                position: writer.position.as_ref(),
            })
            .collect();
        mastership(&claims)
    }

    /// Whether a slave's address leads to the server that the master's does, or an earlier slave's.
    fn is_the_master_too(&self, node: &NodeName, writer: &Writer) -> bool {
        let is_it = |(other, known): (&NodeName, &Writer)| {
            let goes_before = (known.is_master, node) > (writer.is_master, other);
            goes_before && known.life == writer.life
        };
        writer.life.is_some() && self.writers.iter().any(is_it)
    }
}

/// A server that says that it takes writes.
#[derive(Debug)]
struct Claim<'c> {
    node: &'c NodeName,
    position: Option<&'c Position>,
}

/// Who is the master, by what the servers say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mastership {
    /// Nobody takes writes.
    Nobody,
    /// This one.
    Of(NodeName),
    /// Several take writes and have come equally far, so that a write to either may be lost.
    Contested,
}

/// The master among those that claim to be: the one with the newest timeline, and then with the furthest position.
fn mastership(claims: &[Claim<'_>]) -> Mastership {
    let Some(first) = claims.first() else {
        return Mastership::Nobody;
    };
    let best = claims
        .iter()
        .fold(first, |best, claim| match order(best, claim) {
            Some(Ordering::Less) => claim,
            _ => best,
        });
    let is_first =
        |claim: &&Claim<'_>| claim.node == best.node || order(claim, best) == Some(Ordering::Less);
    match claims.iter().all(|claim| is_first(&claim)) {
        true => Mastership::Of(best.node.clone()),
        false => Mastership::Contested,
    }
}

fn order(one: &Claim<'_>, other: &Claim<'_>) -> Option<Ordering> {
    one.position?.age(other.position?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        freshness::{Gtid, Lsn, Moment},
        node::{test_node, test_node_as},
    };

    fn lsn(timeline: u32, byte: u64) -> Position {
        Position::Postgres(Lsn {
            system: 7,
            timeline,
            byte,
        })
    }

    fn gtids(server: u32, text: &str) -> Position {
        let gtids = Gtid::list(text).unwrap();
        Position::MariaDb { server, gtids }
    }

    fn of(positions: &[Option<Position>]) -> String {
        let names: Vec<NodeName> = (0..positions.len())
            .map(|index| format!("n{index}").into())
            .collect();
        let claims: Vec<_> = names
            .iter()
            .zip(positions)
            .map(|(node, position)| Claim {
                node,
                position: position.as_ref(),
            })
            .collect();
        match mastership(&claims) {
            Mastership::Of(node) => node.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_only_writer_is_the_master_and_without_one_there_is_none() {
        assert_eq!(of(&[]), "Nobody");
        assert_eq!(of(&[None]), "n0");
        assert_eq!(of(&[Some(lsn(1, 5))]), "n0");
    }

    #[test]
    fn newest_timeline_wins_and_then_the_furthest_position() {
        assert_eq!(of(&[Some(lsn(1, 900)), Some(lsn(2, 100))]), "n1");
        assert_eq!(
            of(&[Some(lsn(2, 100)), Some(lsn(1, 900)), Some(lsn(2, 101))]),
            "n2"
        );
        assert_eq!(
            of(&[Some(gtids(1, "0-1-9")), Some(gtids(2, "0-1-9,7-1-1"))]),
            "n1"
        );
        assert_eq!(
            of(&[Some(gtids(1, "0-1-9")), Some(gtids(2, "0-1-9,0-2-10"))]),
            "n1"
        );
    }

    #[test]
    fn equal_claims_are_contested() {
        assert_eq!(of(&[Some(lsn(2, 100)), Some(lsn(2, 100))]), "Contested");
        assert_eq!(of(&[Some(lsn(2, 100)), None]), "Contested");
        assert_eq!(
            of(&[Some(gtids(1, "0-1-9")), Some(gtids(2, "0-1-9"))]),
            "Contested"
        );
        let (one, other) = (gtids(1, "0-1-9,7-1-1"), gtids(2, "0-1-8,7-1-2"));
        assert_eq!(of(&[Some(one), Some(other)]), "Contested");
        // The old master went on after the other one was promoted.
        let (old, promoted) = (gtids(1, "0-1-105"), gtids(2, "0-1-100,0-2-101"));
        assert_eq!(of(&[Some(old), Some(promoted)]), "Contested");
    }

    fn report(claim: Position) -> Report {
        Report {
            opened: Moment::now(),
            life: None,
            is_writer: true,
            follows: Ok(false),
            position: Ok(claim.clone()),
            claim: Some(claim),
        }
    }

    #[test]
    fn slow_answer_of_the_master_makes_no_master_of_another() {
        let mut claims = Claims::default();
        let (master, stale) = (test_node("master", 1), test_node("old", 1));
        claims.note(&master, Some(&report(gtids(2, "0-1-9,0-2-10"))));
        claims.note(&stale, Some(&report(gtids(1, "0-1-9"))));
        assert_eq!(claims.mastership(), Mastership::Of("master".into()));
        claims.note(&master, None);
        assert_eq!(claims.mastership(), Mastership::Of("master".into()));
    }

    #[test]
    fn server_on_an_older_timeline_is_never_the_master_again() {
        let mut claims = Claims::default();
        let (promoted, stale) = (test_node("promoted", 1), test_node("old", 1));
        claims.note(&promoted, Some(&report(lsn(2, 100))));
        claims.note(&stale, Some(&report(lsn(1, 900))));
        claims.retain(|node| *node == "old");
        assert_eq!(claims.mastership(), Mastership::Nobody);
    }

    #[test]
    fn server_of_another_system_is_never_the_master() {
        for timeline in [1, 2, 3] {
            let mut claims = Claims::default();
            let stranger = Position::Postgres(Lsn {
                system: 8,
                timeline,
                byte: 900,
            });
            let master = test_node_as("master", Role::Master, 1);
            claims.note(&master, Some(&report(lsn(2, 100))));
            claims.note(&test_node("stranger", 1), Some(&report(stranger)));
            assert_eq!(claims.mastership(), Mastership::Of("master".into()));
            claims.retain(|node| *node == "stranger");
            assert_eq!(claims.mastership(), Mastership::Nobody, "{timeline}");
        }
    }

    #[test]
    fn one_server_at_two_addresses_is_one_writer() {
        let mut claims = Claims::default();
        let one = Report {
            life: Some(Life::new("one")),
            ..report(gtids(1, "0-1-9"))
        };
        let (a, master) = (test_node("a", 1), test_node_as("m", Role::Master, 1));
        claims.note(&a, Some(&one));
        assert_eq!(claims.mastership(), Mastership::Of("a".into()));
        claims.note(&master, Some(&one));
        assert_eq!(claims.mastership(), Mastership::Of("m".into()));
        claims.note(&test_node("z", 1), Some(&one));
        assert_eq!(claims.mastership(), Mastership::Of("m".into()));
        claims.note(&test_node("other", 1), Some(&report(gtids(2, "0-1-9"))));
        assert_eq!(claims.mastership(), Mastership::Contested);
    }

    /// A reload of binds.yaml.
    #[test]
    fn who_was_replaced_is_known_to_the_next_monitor() {
        let mut claims = Claims::default();
        let (promoted, old) = (test_node("promoted", 1), test_node("old", 1));
        claims.note(&promoted, Some(&report(gtids(2, "0-1-9,0-2-10"))));
        claims.replace(&old.name);
        let mut next = Claims::of(&claims.lineage);
        next.note(&promoted, Some(&report(gtids(2, "0-1-9,0-2-10"))));
        next.note(&old, Some(&report(gtids(1, "0-1-12"))));
        assert_eq!(next.mastership(), Mastership::Of("promoted".into()));
    }

    #[test]
    fn replaced_master_counts_again_when_it_has_been_a_slave() {
        let mut claims = Claims::default();
        let (promoted, old) = (test_node("promoted", 1), test_node("old", 1));
        claims.note(&promoted, Some(&report(gtids(2, "0-1-9,0-2-10"))));
        claims.replace(&old.name);
        claims.note(&old, Some(&report(gtids(1, "0-1-12"))));
        assert_eq!(claims.mastership(), Mastership::Of("promoted".into()));
        let slave = Report {
            is_writer: false,
            ..report(gtids(1, "0-1-12"))
        };
        let unseen = Report {
            follows: Err("denied".to_owned()),
            ..report(gtids(1, "0-1-12"))
        };
        claims.note(&old, Some(&unseen));
        claims.note(&old, Some(&report(gtids(1, "0-1-12"))));
        assert_eq!(claims.mastership(), Mastership::Of("promoted".into()));
        claims.note(&old, Some(&slave));
        claims.note(&old, Some(&report(gtids(1, "0-1-12"))));
        assert_eq!(claims.mastership(), Mastership::Contested);
    }
}
