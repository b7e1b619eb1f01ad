use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{Node, Random};
use crate::config::Balance;

/// The slaves of a bind that take part in the split, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Rotation {
    balance: Balance,
    slaves: Vec<Arc<Node>>,
    total_weight: u64,
    turn: AtomicU64,
}

impl Rotation {
    /// Slaves of weight 0 are left out.
    pub(crate) fn new(balance: Balance, slaves: &[Arc<Node>]) -> Self {
        let slaves: Vec<_> = slaves
            .iter()
            .filter(|slave| slave.weight > 0)
            .cloned()
            .collect();
        Self {
            balance,
            total_weight: slaves.iter().map(|slave| u64::from(slave.weight)).sum(),
            slaves,
            turn: AtomicU64::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slaves.len()
    }

    pub(crate) fn balance(&self) -> Balance {
        self.balance
    }

    /// The slave for the next read, or `None` when no slave takes part.
    pub(crate) fn next(&self, random: &Random) -> Option<&Arc<Node>> {
        match self.balance {
            Balance::RoundRobin => self.at(self.turn.fetch_add(1, Ordering::Relaxed)),
            Balance::Random => self.draw(random),
        }
    }

    /// The slave that [`next`](Self::next) might choose, without taking its turn.
    pub(crate) fn peek(&self, random: &Random) -> Option<&Arc<Node>> {
        match self.balance {
            Balance::RoundRobin => self.at(self.turn.load(Ordering::Relaxed)),
            Balance::Random => self.draw(&random.fork()),
        }
    }

    fn draw(&self, random: &Random) -> Option<&Arc<Node>> {
        match self.slaves.len() {
            0 | 1 => self.slaves.first(),
            _ => self.at(random.below(self.total_weight)),
        }
    }

    fn at(&self, ticket: u64) -> Option<&Arc<Node>> {
        choose(&self.slaves, ticket.checked_rem(self.total_weight)?)
    }
}

/// The slave in whose share of the total weight `ticket` falls.
fn choose(slaves: &[Arc<Node>], mut ticket: u64) -> Option<&Arc<Node>> {
    slaves.iter().find(|slave| {
        let share = u64::from(slave.weight);
        let found = ticket < share;
        ticket = ticket.saturating_sub(share);
        found
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseConnection;

    use super::*;
    use crate::node::Role;

    fn slaves(weights: &[u32]) -> Vec<Arc<Node>> {
        let node = |(number, weight): (usize, &u32)| {
            let name = format!("slave-{}", number + 1);
            let connection = DatabaseConnection::default();
            Arc::new(Node::new(
                "b".into(),
                name.into(),
                Role::Slave,
                *weight,
                connection,
            ))
        };
        weights.iter().enumerate().map(node).collect()
    }

    fn served(rotation: &Rotation, random: &Random, reads: usize) -> Vec<usize> {
        let mut counts = vec![0; rotation.slaves.len()];
        for _ in 0..reads {
            let slave = rotation.next(random).unwrap();
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
            .map(|ticket| choose(&slaves, ticket).unwrap().name.to_string())
            .collect();
        assert_eq!(
            chosen,
            [
                "slave-1", "slave-2", "slave-2", "slave-2", "slave-3", "slave-3"
            ]
        );
        assert!(choose(&slaves, 6).is_none());
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
                .map(|_| rotation.next(&random).unwrap().name.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(sequence(42), sequence(42));
        assert_ne!(sequence(42), sequence(43));
    }

    #[test]
    fn peeking_takes_nobodys_turn() {
        for balance in [Balance::Random, Balance::RoundRobin] {
            let sequence = |peeks| {
                let rotation = Rotation::new(balance, &slaves(&[1, 1, 1]));
                let random = Random::seeded(3);
                let next = |_| {
                    for _ in 0..peeks {
                        rotation.peek(&random);
                    }
                    rotation.next(&random).unwrap().name.to_string()
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
                .next(&Random::seeded(1))
                .is_none()
        );
        assert!(
            Rotation::new(Balance::Random, &[])
                .next(&Random::seeded(1))
                .is_none()
        );
    }
}
