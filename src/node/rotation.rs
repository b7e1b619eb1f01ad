use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{Node, Random, load::NOISE, outliers::Outliers};
use crate::{config::Balance, freshness::Moment, session::SessionId};

/// The slaves of a bind that take part in the split, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Rotation {
    balance: Balance,
    slaves: Vec<Arc<Node>>,
    total_weight: u64,
    turn: AtomicU64,
    outliers: Outliers,
}

impl Rotation {
    /// Slaves of weight 0 are left out.
    pub(crate) fn new(balance: Balance, slaves: &[Arc<Node>]) -> Self {
        let slaves: Vec<_> = slaves
            .iter()
            .filter(|slave| slave.weight > 0)
            .cloned()
            .collect();
        for slave in &slaves {
            slave.load.time_all(balance == Balance::Latency);
        }
        if let Some(slave) = slaves.first() {
            let was_read = slaves.iter().any(|slave| slave.counters.reads() > 0);
            let sightings = &slave.replication.sightings;
            sightings.keep_open(balance.is_by_load(), was_read);
        }
        Self {
            balance,
            total_weight: slaves.iter().map(share).sum(),
            slaves,
            turn: AtomicU64::new(0),
            outliers: Outliers::default(),
        }
    }

    /// Compares the slaves with each other, if it is time to.
    #[inline]
    pub(crate) fn weigh(&self, now: Moment) {
        if self.outliers.is_due(now) {
            self.outliers.weigh(&self.slaves, now);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slaves.len()
    }

    pub(crate) fn slaves(&self) -> &[Arc<Node>] {
        &self.slaves
    }

    pub(crate) fn balance(&self) -> Balance {
        self.balance
    }

    /// A usable slave for the next read, or `None` when there is none. It is chosen at that moment; [`Moment::FIRST`] if
    /// nobody has looked at the clock.
    pub(crate) fn next(
        &self,
        random: &Random,
        now: Moment,
        usable: impl Fn(&Node) -> bool,
    ) -> Option<&Arc<Node>> {
        match self.balance {
            Balance::RoundRobin => self.at(self.turn.fetch_add(1, Ordering::Relaxed), usable),
            Balance::Random => self.draw(random, usable),
            Balance::Least => self.least(random, usable),
            Balance::Latency => self.quicker(random, now, usable),
        }
    }

    /// The slave that [`next`](Self::next) might choose, without taking its turn.
    pub(crate) fn peek(
        &self,
        random: &Random,
        now: Moment,
        usable: impl Fn(&Node) -> bool,
    ) -> Option<&Arc<Node>> {
        match self.balance {
            Balance::RoundRobin => self.at(self.turn.load(Ordering::Relaxed), usable),
            Balance::Random => self.draw(&random.fork(), usable),
            Balance::Least => self.least(&random.fork(), usable),
            Balance::Latency => self.quicker(&random.fork(), now, usable),
        }
    }

    /// The slave of a session, which stays the same as long as it is usable. By load there is none: who knows where the
    /// session has read last says so.
    pub(crate) fn of_session(
        &self,
        session: SessionId,
        usable: impl Fn(&Node) -> bool,
    ) -> Option<&Arc<Node>> {
        let ticket = match self.balance {
            Balance::RoundRobin => session.ordinal(),
            Balance::Random | Balance::Least | Balance::Latency => session.mixed(),
        };
        // Drawn among all slaves, so that it does not change when another one comes or goes.
        match self.at(ticket, |_| true)? {
            slave if usable(slave) => Some(slave),
            _ => self.at(session.mixed(), usable),
        }
    }

    /// Whether each slave has one share, so that a share's number is that of its slave.
    fn is_even(&self) -> bool {
        u64::try_from(self.slaves.len()) == Ok(self.total_weight)
    }

    fn draw(&self, random: &Random, usable: impl Fn(&Node) -> bool) -> Option<&Arc<Node>> {
        match self.slaves.as_slice() {
            [] => None,
            [slave] => usable(slave).then_some(slave),
            _ => self.at(random.below(self.total_weight), usable),
        }
    }

    /// The usable slave that has the fewest statements in flight for its weight; of several, the first from one on that is drawn
    /// by weight.
    fn least(&self, random: &Random, usable: impl Fn(&Node) -> bool) -> Option<&Arc<Node>> {
        let (before, after) = match self.slaves.as_slice() {
            [] => return None,
            [slave] => return usable(slave).then_some(slave),
            slaves => slaves.split_at(self.number(random.below(self.total_weight))),
        };
        let mut least: Option<(&Arc<Node>, u64)> = None;
        for slave in after.iter().chain(before).filter(|slave| usable(slave)) {
            let busy = slave.counters.in_flight();
            let is_less =
                least.is_none_or(|(other, others)| busy * share(other) < others * share(slave));
            if is_less {
                least = Some((slave, busy));
            }
        }
        least.map(|(slave, _)| slave)
    }

    /// The better of two usable slaves that are drawn by weight: what it would cost rests on what is in flight there, and on
    /// how slow it has been.
    ///
    /// Where they hardly differ, the first one has it, so that an idle bind's reads are spread by weight. Two of many are enough, and better than the best of all, to which all would run at once: Mitzenmacher, The power of two
    /// choices in randomized load balancing.
    fn quicker(
        &self,
        random: &Random,
        now: Moment,
        usable: impl Fn(&Node) -> bool,
    ) -> Option<&Arc<Node>> {
        let (one, other) = match self.slaves.as_slice() {
            [] => return None,
            [slave] => return usable(slave).then_some(slave),
            [one, other] => match (usable(one), usable(other)) {
                (true, true) if random.below(2) == 0 => (one, other),
                (true, true) => (other, one),
                (true, false) => return Some(one),
                (false, true) => return Some(other),
                (false, false) => return None,
            },
            _ => {
                let one = self.at(random.below(self.total_weight), &usable)?;
                let is_other = |slave: &Node| !std::ptr::eq(slave, &**one) && usable(slave);
                match self.at(random.below(self.total_weight), is_other) {
                    Some(other) => (one, other),
                    None => return Some(one),
                }
            }
        };
        let now = match now {
            Moment::FIRST => Moment::now(),
            now => now,
        };
        let cost = |slave: &Node| {
            slave
                .load
                .cost(slave.counters.in_flight(), slave.weight, now)
        };
        Some(match cost(other) + NOISE < cost(one) {
            true => other,
            false => one,
        })
    }

    /// The number of the slave in whose share `ticket` falls, which is below all shares.
    fn number(&self, mut ticket: u64) -> usize {
        if self.is_even() {
            return usize::try_from(ticket).unwrap_or_default();
        }
        let is_in = |slave: &Arc<Node>| {
            let found = ticket < share(slave);
            ticket = ticket.saturating_sub(share(slave));
            found
        };
        self.slaves.iter().position(is_in).unwrap_or_default()
    }

    fn at(&self, ticket: u64, usable: impl Fn(&Node) -> bool) -> Option<&Arc<Node>> {
        let ticket_of_all = ticket.checked_rem(self.total_weight)?;
        let chosen = match usize::try_from(ticket_of_all) {
            Ok(number) if self.is_even() => self.slaves.get(number)?,
            _ => choose(&self.slaves, ticket_of_all, |_| true)?,
        };
        if usable(chosen) {
            return Some(chosen);
        }
        let usable_weight = self
            .slaves
            .iter()
            .filter(|slave| usable(slave))
            .map(share)
            .sum();
        choose(&self.slaves, ticket.checked_rem(usable_weight)?, usable)
    }
}

/// The usable slave in whose share of the usable weight `ticket` falls.
fn choose(
    slaves: &[Arc<Node>],
    mut ticket: u64,
    usable: impl Fn(&Node) -> bool,
) -> Option<&Arc<Node>> {
    slaves.iter().filter(|slave| usable(slave)).find(|slave| {
        let share = share(slave);
        let found = ticket < share;
        ticket = ticket.saturating_sub(share);
        found
    })
}

fn share(slave: &Arc<Node>) -> u64 {
    u64::from(slave.weight)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        freshness::Moment,
        node::{Ticket, test_node},
        observe::Fault,
    };

    const ALL: [Balance; 4] = [
        Balance::Random,
        Balance::RoundRobin,
        Balance::Least,
        Balance::Latency,
    ];

    fn any(_: &Node) -> bool {
        true
    }

    fn slaves(weights: &[u32]) -> Vec<Arc<Node>> {
        let node = |(number, weight): (usize, &u32)| {
            let name = format!("slave-{}", number + 1);
            Arc::new(test_node(&name, *weight))
        };
        weights.iter().enumerate().map(node).collect()
    }

    fn served(rotation: &Rotation, random: &Random, reads: usize) -> Vec<usize> {
        let mut counts = vec![0; rotation.slaves.len()];
        for _ in 0..reads {
            let slave = rotation.next(random, Moment::FIRST, any).unwrap();
            let index = rotation
                .slaves
                .iter()
                .position(|s| Arc::ptr_eq(s, slave))
                .unwrap();
            counts[index] += 1;
        }
        counts
    }

    #[test]
    fn every_ticket_falls_in_one_share() {
        let slaves = slaves(&[1, 3, 2]);
        let chosen: Vec<_> = (0..6)
            .map(|ticket| choose(&slaves, ticket, any).unwrap().name.to_string())
            .collect();
        assert_eq!(
            chosen,
            [
                "slave-1", "slave-2", "slave-2", "slave-2", "slave-3", "slave-3"
            ]
        );
        assert!(choose(&slaves, 6, any).is_none());
    }

    #[test]
    fn round_robin_serves_by_weight_exactly() {
        let rotation = Rotation::new(Balance::RoundRobin, &slaves(&[1, 2]));
        assert_eq!(served(&rotation, &Random::seeded(1), 300), [100, 200]);
    }

    #[test]
    fn random_serves_by_weight_nearly() {
        let rotation = Rotation::new(Balance::Random, &slaves(&[1, 2]));
        let counts = served(&rotation, &Random::seeded(7), 30_000);
        assert!((9_500..10_500).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn same_seed_serves_the_same_sequence() {
        let sequence = |seed| {
            let rotation = Rotation::new(Balance::Random, &slaves(&[1, 1, 1]));
            let random = Random::seeded(seed);
            (0..50)
                .map(|_| {
                    rotation
                        .next(&random, Moment::FIRST, any)
                        .unwrap()
                        .name
                        .to_string()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(sequence(42), sequence(42));
        assert_ne!(sequence(42), sequence(43));
    }

    #[test]
    fn peeking_takes_nobodys_turn() {
        for balance in ALL {
            let sequence = |peeks| {
                let rotation = Rotation::new(balance, &slaves(&[1, 1, 1]));
                let random = Random::seeded(3);
                let next = |_| {
                    for _ in 0..peeks {
                        rotation.peek(&random, Moment::FIRST, any);
                    }
                    rotation
                        .next(&random, Moment::FIRST, any)
                        .unwrap()
                        .name
                        .to_string()
                };
                (0..50).map(next).collect::<Vec<_>>()
            };
            assert_eq!(sequence(0), sequence(2));
        }
    }

    #[test]
    fn weight_zero_is_out_of_rotation() {
        let rotation = Rotation::new(Balance::Random, &slaves(&[0, 1, 0]));
        assert_eq!(served(&rotation, &Random::seeded(1), 20), [20]);
        assert!(
            Rotation::new(Balance::RoundRobin, &slaves(&[0]))
                .next(&Random::seeded(1), Moment::FIRST, any)
                .is_none()
        );
        assert!(
            Rotation::new(Balance::Random, &[])
                .next(&Random::seeded(1), Moment::FIRST, any)
                .is_none()
        );
    }

    /// Ten thousand steps of picking, failing and answering: a slave that is down is never picked, one that is well is
    /// always found, and in the end all have their share again.
    #[test]
    fn random_faults_never_pick_a_dead_slave_and_never_lose_a_living_one() {
        for (seed, balance) in (0..20).flat_map(|seed| ALL.map(|balance| (seed, balance))) {
            let random = Random::seeded(seed);
            let slaves = slaves(&[1, 2, 3, 4]);
            let rotation = Rotation::new(balance, &slaves);
            let mut now = Moment::now().plus(Duration::from_secs(1_000));
            let mut work = Vec::new();
            let faults = [Fault::Refused, Fault::Lost, Fault::Timeout];
            for _ in 0..10_000 {
                now = now.plus(Duration::from_millis(random.below(500)));
                let slave = &slaves[random.below(4) as usize];
                match random.below(10) {
                    0 => {
                        let fault = faults[random.below(3) as usize];
                        let is_certain = fault.is_certain();
                        slave.health.note_fault(fault, is_certain, now, &random);
                    }
                    1..4 if slave.health.is_due(now) => {
                        slave.health.note_success(now, false);
                    }
                    4 => slave.load.note(random.below(2_000) as i32 - 500, now),
                    5 if !work.is_empty() => {
                        work.swap_remove(random.below(work.len() as u64) as usize);
                    }
                    _ => {
                        let draw = random.below(1_000);
                        let admits = |slave: &Node| slave.health.admits(|| draw, now);
                        let any_admitted = slaves.iter().any(|slave| admits(slave));
                        let picked = rotation.next(&random, Moment::FIRST, admits);
                        assert_eq!(picked.is_some(), any_admitted, "seed {seed}, {balance:?}");
                        assert!(
                            picked.is_none_or(|slave| !slave.health.is_down()),
                            "seed {seed}"
                        );
                        if let Some(slave) = picked.filter(|_| work.len() < 50) {
                            work.push(Ticket::new(slave.clone(), None, None));
                        }
                    }
                }
            }
            // A minute later, all answer; and when they are warm, each has its share.
            for step in 1..=2 {
                let later = now.plus(Duration::from_secs(70 * step));
                for slave in &slaves {
                    slave.health.note_success(later, false);
                }
            }
            let warm = now.plus(Duration::from_secs(200));
            work.clear();
            for slave in &slaves {
                (0..100).for_each(|_| slave.load.note(0, warm));
            }
            let warm = warm.plus(Duration::from_secs(200));
            let mut counts = [0; 4];
            for _ in 0..10_000 {
                let draw = random.below(1_000);
                let admits = |slave: &Node| slave.health.admits(|| draw, warm);
                let picked = rotation.next(&random, Moment::FIRST, admits).unwrap();
                counts[slaves
                    .iter()
                    .position(|slave| Arc::ptr_eq(slave, picked))
                    .unwrap()] += 1;
            }
            for (count, expected) in counts.iter().zip([1_000, 2_000, 3_000, 4_000]) {
                assert!(
                    (expected - 200..expected + 200).contains(count),
                    "seed {seed}, {balance:?}: {counts:?}"
                );
            }
        }
    }

    #[test]
    fn least_busy_slave_for_its_weight_is_next() {
        let slaves = slaves(&[1, 3, 1]);
        let rotation = Rotation::new(Balance::Least, &slaves);
        let random = Random::seeded(5);
        let mut work = Vec::new();
        for _ in 0..50 {
            let slave = rotation.next(&random, Moment::FIRST, any).unwrap();
            work.push(Ticket::new(slave.clone(), None, None));
        }
        let at_work = |slave: &Arc<Node>| slave.counters.in_flight();
        assert_eq!(slaves.iter().map(at_work).collect::<Vec<_>>(), [10, 30, 10]);
    }

    #[test]
    fn slow_slave_is_left_alone_until_it_is_time_to_look_again() {
        for weights in [&[1, 1][..], &[1, 2, 3, 1]] {
            let slaves = slaves(weights);
            let rotation = Rotation::new(Balance::Latency, &slaves);
            let random = Random::seeded(5);
            let now = Moment::now();
            slaves[0].load.note(1_000, now);
            slaves[1..].iter().for_each(|slave| slave.load.note(0, now));
            let counts = served(&rotation, &random, 1_000);
            assert_eq!(counts[0], 0, "{counts:?}");
            // Where the others are busy, it is better than none.
            let busy: Vec<_> = (0..200)
                .flat_map(|_| slaves[1..].iter().cloned())
                .map(|slave| Ticket::new(slave, None, None))
                .collect();
            assert!(served(&rotation, &random, 1_000)[0] > 100);
            drop(busy);
        }
    }

    #[test]
    fn session_keeps_its_slave_while_others_come_and_go() {
        let slaves = slaves(&[1, 1, 1]);
        let rotation = Rotation::new(Balance::Random, &slaves);
        let sessions: Vec<_> = (0..300).map(|_| SessionId::new()).collect();
        let at = |session: &SessionId, gone: &str| {
            let usable = |slave: &Node| slave.name.as_str() != gone;
            rotation.of_session(*session, usable).unwrap().name.clone()
        };
        let before: Vec<_> = sessions.iter().map(|session| at(session, "")).collect();
        for (session, before) in sessions.iter().zip(&before) {
            match before.as_str() {
                "slave-2" => assert_ne!(at(session, "slave-2"), "slave-2"),
                other => assert_eq!(at(session, "slave-2"), other),
            }
        }
        for slave in ["slave-1", "slave-2", "slave-3"] {
            let share = before.iter().filter(|name| name.as_str() == slave).count();
            assert!(
                (70..130).contains(&share),
                "{slave}: {share} of 300 sessions"
            );
            let moved = sessions
                .iter()
                .filter(|session| at(session, "slave-2") == slave)
                .count();
            assert!(
                slave == "slave-2" || moved > 110,
                "{slave}: {moved} after one is gone"
            );
        }
    }
}
