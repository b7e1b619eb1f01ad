//! A slave that is slow, or pauses.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Fleet, Setup,
    crowds::{crowd, level},
    fleet::{READ, SLOW_READ},
};
use crate::{
    config::Balance,
    freshness::Moment,
    session::Consistency,
    session::SessionId,
    status::{NodeState, NodeStatus, Status},
};

pub(super) const ALL: [Balance; 4] = [
    Balance::Random,
    Balance::RoundRobin,
    Balance::Least,
    Balance::Latency,
];

const SLOW: Duration = Duration::from_millis(100);

/// A read every so often, each of a session of its own, as requests of a web application are.
const PACE: Duration = Duration::from_millis(2);

/// What so many reads take that come at a steady pace, in order.
pub(super) async fn steady(fleet: &Arc<Fleet>, sql: &'static str, reads: usize) -> Vec<Duration> {
    paced(fleet, sql, reads, PACE).await
}

async fn paced(
    fleet: &Arc<Fleet>,
    sql: &'static str,
    reads: usize,
    pace: Duration,
) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    for _ in 0..reads {
        let fleet = fleet.clone();
        tasks.spawn(async move {
            let begun = Instant::now();
            let answer = fleet.read_text(SessionId::new(), sql).await;
            answer.map(|_| begun.elapsed())
        });
        sleep(pace).await;
    }
    let mut took: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    took.sort();
    took
}

pub(super) fn percentile(took: &[Duration], per_thousand: usize) -> Duration {
    took[(took.len() * per_thousand / 1_000).min(took.len() - 1)]
}

fn state(fleet: &Fleet, name: &str) -> NodeStatus {
    let status = Status::of(fleet.bind().slaves.iter());
    status.node("b", name).unwrap().clone()
}

/// With one slow slave the 99th percentile stays within 2 times the healthy one, whatever the policy; it loses its share
/// gradually, says why, and gets it back.
#[tokio::test(start_paused = true)]
async fn slow_slave_is_found_and_left_and_comes_back() {
    slow_slave_is_found(&[Consistency::Session], &[Balance::Random]).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "it takes long: cargo test --lib simulation -- --ignored"]
async fn slow_slave_is_found_by_each_policy() {
    slow_slave_is_found(&[Consistency::Eventual, Consistency::Session], &ALL).await;
}

async fn slow_slave_is_found(levels: &[Consistency], policies: &[Balance]) {
    for consistency in levels.iter().copied() {
        for balance in policies.iter().copied() {
            let fleet = Fleet::start(Setup {
                balance,
                policy: level(consistency),
                connections: 50,
                ..Setup::default()
            });
            let healthy = steady(&fleet, READ, 1_000).await;
            assert_eq!(state(&fleet, "slave-1").state, NodeState::Serving);
            fleet.server("slave-1").set_latency(SLOW);
            steady(&fleet, READ, 4_000).await;
            let before = fleet.server("slave-1").answers();
            let slow = steady(&fleet, READ, 3_000).await;
            let tell = format!(
                "{consistency:?} {balance:?}: {:?} against {:?}; {} of 3000 on the slow one",
                percentile(&slow, 990),
                percentile(&healthy, 990),
                fleet.server("slave-1").answers() - before,
            );
            assert!(
                percentile(&slow, 990) <= 2 * percentile(&healthy, 990),
                "{tell}"
            );
            if balance != Balance::Latency {
                let slave = state(&fleet, "slave-1");
                assert_eq!(slave.state, NodeState::Slow, "{tell}");
                let why = slave.last_error.unwrap();
                assert!(why.contains("times slower than its peers"), "{why}");
            }
            fleet
                .server("slave-1")
                .set_latency(Setup::default().latency);
            paced(&fleet, READ, 4_000, 10 * PACE).await;
            assert_eq!(state(&fleet, "slave-1").state, NodeState::Serving, "{tell}");
            let before = fleet.server("slave-1").answers();
            steady(&fleet, READ, 3_000).await;
            let share = fleet.server("slave-1").answers() - before;
            assert!(
                (1_000..2_000).contains(&share),
                "{tell}: then {share} of 3000"
            );
        }
    }
}

/// Nobody's fault is what every slave takes long for, be it seldom or most of the work of one.
#[tokio::test(start_paused = true)]
async fn query_that_is_slow_everywhere_costs_no_slave_its_share() {
    for balance in [Balance::Random, Balance::Latency] {
        let fleet = Fleet::start(Setup {
            balance,
            policy: level(Consistency::Session),
            connections: 50,
            ..Setup::default()
        });
        steady(&fleet, READ, 1_000).await;
        // One session, so that one slave has all of them.
        let session = SessionId::new();
        let report = async {
            for _ in 0..40 {
                let one = fleet.read_text(session, SLOW_READ);
                let (one, other, third) = tokio::join!(
                    one,
                    fleet.read_text(session, SLOW_READ),
                    fleet.read_text(session, SLOW_READ)
                );
                one.and(other).and(third).unwrap();
            }
        };
        let ((), _) = tokio::join!(report, steady(&fleet, READ, 5_000));
        for slave in ["slave-1", "slave-2"] {
            assert_eq!(
                state(&fleet, slave).state,
                NodeState::Serving,
                "{balance:?}"
            );
        }
    }
}

/// Sessions that go on reading leave a slow slave as well, and see nothing twice.
#[tokio::test(start_paused = true)]
async fn sessions_leave_a_slow_slave_and_time_goes_on() {
    sessions_leave(&[Balance::Random]).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "it takes long: cargo test --lib simulation -- --ignored"]
async fn sessions_leave_a_slow_slave_by_each_policy() {
    sessions_leave(&ALL).await;
}

async fn sessions_leave(policies: &[Balance]) {
    for balance in policies.iter().copied() {
        let fleet = Fleet::start(Setup {
            balance,
            policy: level(Consistency::Session),
            connections: 50,
            ..Setup::default()
        });
        let end = Instant::now() + Duration::from_secs(40);
        let mut tasks = JoinSet::new();
        for number in 0..40_u64 {
            let fleet = fleet.clone();
            tasks.spawn(async move {
                let (session, mut seen) = (SessionId::new(), Moment::FIRST);
                while Instant::now() < end {
                    let (_, state) = fleet.read(session).await.unwrap();
                    assert!(state >= seen, "{balance:?}: time runs backwards");
                    seen = state;
                    sleep(Duration::from_millis(3 + 10 * (number % 30))).await;
                }
            });
        }
        sleep(Duration::from_secs(3)).await;
        fleet.server("slave-1").set_latency(SLOW);
        sleep(Duration::from_secs(12)).await;
        let served = || fleet.server("slave-1").answers();
        let (before, all) = (served(), fleet.bind().reads());
        sleep(Duration::from_secs(5)).await;
        let (slow, all) = (served() - before, fleet.bind().reads() - all);
        assert!(slow * 20 < all, "{balance:?}: {slow} of {all}");
        fleet
            .server("slave-1")
            .set_latency(Setup::default().latency);
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        assert_eq!(crowd(&fleet, 10, 10).await.backwards, 0);
    }
}
