//! More reads at once than there are connections.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use sea_orm::DbErr;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{Fleet, Setup};
use crate::{
    config::OnNoSlave, error::RoutingError, freshness::Moment, node::Policy, session::Consistency,
    session::SessionId,
};

const SLOW: Duration = Duration::from_millis(101);

/// So many sessions, each with so many reads one after the other; the longest read, or the errors, and whether time ran
/// backwards for anybody.
pub(super) async fn crowd(fleet: &Arc<Fleet>, sessions: usize, reads: usize) -> Outcome {
    let mut tasks = JoinSet::new();
    for _ in 0..sessions {
        let fleet = fleet.clone();
        tasks.spawn(async move {
            let (session, mut outcome, mut seen) =
                (SessionId::new(), Outcome::default(), Moment::FIRST);
            for _ in 0..reads {
                let begun = Instant::now();
                match fleet.read(session).await {
                    Ok((_, state)) => {
                        outcome.backwards += usize::from(state < seen);
                        seen = seen.max(state);
                        outcome.took.push(begun.elapsed());
                    }
                    Err(error) => outcome.errors.push(error),
                }
            }
            outcome
        });
    }
    let mut all = Outcome::default();
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome.unwrap();
        all.took.extend(outcome.took);
        all.errors.extend(outcome.errors);
        all.backwards += outcome.backwards;
    }
    all.took.sort();
    all
}

#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) took: Vec<Duration>,
    pub(super) errors: Vec<DbErr>,
    pub(super) backwards: usize,
}

pub(super) fn level(consistency: Consistency) -> Policy {
    let mut policy = Setup::default().policy;
    policy.reads.consistency = consistency;
    policy
}

/// A thousand at once on pools of five, of which one is slow: no read fails, and none waits there while another has room.
#[tokio::test(start_paused = true)]
async fn no_read_waits_at_a_slow_slave_while_another_node_is_free() {
    for consistency in [Consistency::Eventual, Consistency::Session] {
        let fleet = Fleet::start(Setup {
            policy: level(consistency),
            ..Setup::default()
        });
        fleet.server("slave-1").set_latency(SLOW);
        let outcome = crowd(&fleet, 1_000, 4).await;
        assert_eq!(outcome.errors.first(), None, "{consistency:?}");
        assert_eq!(outcome.backwards, 0, "{consistency:?}");
        // All together serve 7 in a millisecond, so that each turn comes after 150.
        let longest = *outcome.took.last().unwrap();
        assert!(
            longest < Duration::from_secs(1),
            "{consistency:?}: {longest:?}"
        );
        let [slow, well, master] = ["slave-1", "slave-2", "master"].map(|name| fleet.server(name));
        assert!(well.answers() > 20 * slow.answers(), "{consistency:?}");
        assert!(
            master.answers() > 0,
            "{consistency:?}: it has some to spare"
        );
        for server in [slow, well] {
            assert_eq!(server.waits.load(Ordering::Relaxed), 0, "{consistency:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn master_is_left_what_writes_need() {
    let fleet = Fleet::start(Setup::default());
    for name in ["slave-1", "slave-2"] {
        fleet.server(name).set_latency(SLOW);
    }
    let reads = crowd(&fleet, 100, 20);
    let look = async {
        let master = fleet.bind().master.clone();
        let mut most = 0;
        for _ in 0..300 {
            sleep(Duration::from_millis(1)).await;
            most = most.max(master.counters.in_flight());
        }
        most
    };
    let (outcome, most) = tokio::join!(reads, look);
    assert_eq!(outcome.errors.first(), None);
    assert_eq!(most, 2, "of five");
}

#[tokio::test(start_paused = true)]
async fn spared_master_serves_none_of_a_crowd() {
    let mut policy = level(Consistency::Session);
    policy.reads.on_no_slave = OnNoSlave::Error;
    let fleet = Fleet::start(Setup {
        policy,
        ..Setup::default()
    });
    fleet.server("slave-1").set_latency(SLOW);
    let outcome = crowd(&fleet, 300, 10).await;
    assert_eq!(outcome.errors.first(), None);
    assert_eq!(outcome.backwards, 0);
    assert_eq!(fleet.server("master").answers(), 0);
}

/// What can't be served in time is told so early, by an error that says so, and what is served is served in time.
#[tokio::test(start_paused = true)]
async fn overload_is_shed_early() {
    let fleet = Fleet::start(Setup::default());
    for name in ["slave-1", "slave-2", "master"] {
        fleet.server(name).set_latency(SLOW);
    }
    // 118 in a second, and 700 at once.
    let outcome = crowd(&fleet, 700, 5).await;
    let is_shed = |error: &DbErr| {
        matches!(
            RoutingError::of(error),
            Some(RoutingError::Overloaded { .. })
        ) && RoutingError::is_unavailable(error)
    };
    assert!(outcome.errors.len() > 100 && outcome.errors.iter().all(is_shed));
    let longest = *outcome.took.last().unwrap();
    assert!(longest < Duration::from_millis(2_300), "{longest:?}");
    assert!(outcome.took.len() > 200, "{}", outcome.took.len());
    // It is over when the crowd is.
    let after = crowd(&fleet, 5, 10).await;
    assert_eq!(after.errors.first(), None);
}

/// A session that could not be served at its own slave comes back there, and never sees less than before.
#[tokio::test(start_paused = true)]
async fn time_does_not_run_backwards_for_who_comes_and_goes() {
    for seed in 0..2 {
        let fleet = Fleet::start(Setup {
            policy: level(Consistency::Session),
            slaves: 3,
            seed,
            ..Setup::default()
        });
        fleet
            .server("slave-1")
            .set_latency(Duration::from_millis(20));
        for round in 0..6 {
            let outcome = crowd(&fleet, 40 * (round % 2) + 5, 30).await;
            assert_eq!(outcome.errors.first(), None);
            assert_eq!(outcome.backwards, 0, "seed {seed}, round {round}");
            sleep(Duration::from_secs(9)).await;
        }
    }
}
