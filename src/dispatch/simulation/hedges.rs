//! Reads that go to a second node as well.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Fleet, Setup,
    crowds::level,
    fleet::READ,
    slow::{percentile, steady},
};
use crate::{config::Hedge, freshness::Moment, session::Consistency, session::SessionId};

const PAUSE: Duration = Duration::from_millis(100);

fn fleet(consistency: Consistency, hedge: Hedge) -> Arc<Fleet> {
    let mut policy = level(consistency);
    policy.reads.hedge = hedge;
    Fleet::start(Setup {
        policy,
        connections: 100,
        ..Setup::default()
    })
}

/// A slave pauses once a second.
async fn pausing(fleet: &Arc<Fleet>, reads: usize) -> Vec<Duration> {
    let pauses = async {
        loop {
            sleep(Duration::from_secs(1)).await;
            fleet.server("slave-1").pause(PAUSE);
        }
    };
    tokio::select! {
        took = steady(fleet, READ, reads) => took,
        () = pauses => unreachable!("they never end"),
    }
}

async fn until_idle(fleet: &Fleet) {
    while fleet
        .bind()
        .nodes()
        .any(|node| node.counters.in_flight() > 0)
    {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_of_one_slave_are_not_waited_for() {
    for consistency in [Consistency::Session] {
        let plain = pausing(&fleet(consistency, Hedge::Off), 5_000).await;
        assert!(percentile(&plain, 990) > PAUSE / 4, "{consistency:?}");
        for hedge in [Hedge::After(Duration::from_millis(10)), Hedge::P95] {
            let fleet = fleet(consistency, hedge);
            let took = pausing(&fleet, 5_000).await;
            let late = percentile(&took, 990);
            assert!(
                late <= Duration::from_millis(20),
                "{consistency:?}, {hedge:?}: {late:?}"
            );
            until_idle(&fleet).await;
            let twice = fleet.answers() - 5_000;
            assert!(
                (1..=250).contains(&twice),
                "{consistency:?}, {hedge:?}: {twice}"
            );
            assert_eq!(fleet.bind().reads(), fleet.answers(), "all count");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_one_read_of_twenty_goes_twice() {
    let fleet = fleet(
        Consistency::Eventual,
        Hedge::After(Duration::from_millis(1)),
    );
    for name in ["slave-1", "slave-2", "master"] {
        fleet.server(name).set_latency(Duration::from_millis(50));
    }
    steady(&fleet, READ, 2_000).await;
    until_idle(&fleet).await;
    let twice = fleet.answers() - 2_000;
    assert!((80..=106).contains(&twice), "{twice}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_or_costs_goes_once() {
    let fleet = fleet(
        Consistency::Eventual,
        Hedge::After(Duration::from_millis(1)),
    );
    steady(&fleet, "SELECT pg_sleep(0.3)", 200).await;
    assert_eq!(fleet.answers(), 200);
}

#[tokio::test(start_paused = true)]
async fn sessions_see_no_less_at_the_second_node() {
    let fleet = fleet(Consistency::Session, Hedge::After(Duration::from_millis(5)));
    let end = Instant::now() + Duration::from_secs(20);
    let mut tasks = JoinSet::new();
    for number in 0..30_u64 {
        let fleet = fleet.clone();
        tasks.spawn(async move {
            let (session, mut seen) = (SessionId::new(), Moment::FIRST);
            while Instant::now() < end {
                let (_, state) = fleet.read(session).await.unwrap();
                assert!(state >= seen, "time runs backwards");
                seen = state;
                sleep(Duration::from_millis(1 + 20 * number)).await;
            }
        });
    }
    while Instant::now() < end {
        sleep(Duration::from_millis(300)).await;
        fleet.server("slave-1").pause(PAUSE);
        sleep(Duration::from_millis(300)).await;
        fleet.server("slave-2").pause(PAUSE);
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    until_idle(&fleet).await;
    assert!(fleet.bind().reads() > 0);
}
