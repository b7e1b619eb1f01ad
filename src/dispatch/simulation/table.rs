//! What each policy makes of a slave that is slow or pauses, and how a bind grows: tables for docs/balance.md.

#![allow(clippy::print_stdout, reason = "it is what they are for")]

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Fleet, Setup,
    crowds::level,
    fleet::READ,
    slow::{ALL, percentile, steady},
};
use crate::{
    config::{Balance, Hedge, OnNoSlave},
    session::{Consistency, SessionId},
};

const SLOW: Duration = Duration::from_millis(100);

fn fleet(balance: Balance, hedge: Hedge) -> Arc<Fleet> {
    let mut policy = level(Consistency::Session);
    policy.reads.hedge = hedge;
    Fleet::start(Setup {
        balance,
        policy,
        connections: 20,
        latency: Duration::from_millis(4),
        ..Setup::default()
    })
}

fn cell(took: &[Duration]) -> String {
    let [half, most, all] = [500, 990, 999].map(|place| percentile(took, place).as_millis());
    format!("{half} / {most} / {all}")
}

#[tokio::test(start_paused = true)]
#[ignore = "it prints a table: cargo test --lib simulation::table -- --ignored --nocapture"]
async fn percentiles_with_a_slow_slave() {
    println!("| balance | well | +100 ms: first 5 s | +100 ms: then | pauses of 100 ms | hedged |");
    println!("|---|---|---|---|---|---|");
    for balance in ALL {
        let fleet = fleet(balance, Hedge::Off);
        let well = steady(&fleet, READ, 5_000).await;
        fleet.server("slave-1").set_latency(SLOW);
        let first = steady(&fleet, READ, 2_500).await;
        steady(&fleet, READ, 2_500).await;
        let then = steady(&fleet, READ, 5_000).await;
        let mut cells = vec![cell(&well), cell(&first), cell(&then)];
        for hedge in [Hedge::Off, Hedge::After(Duration::from_millis(20))] {
            let fleet = self::fleet(balance, hedge);
            steady(&fleet, READ, 1_000).await;
            let pauses = async {
                loop {
                    sleep(Duration::from_secs(1)).await;
                    fleet.server("slave-1").pause(SLOW);
                }
            };
            let took = tokio::select! {
                took = steady(&fleet, READ, 10_000) => took,
                () = pauses => unreachable!("they never end"),
            };
            cells.push(cell(&took));
        }
        println!("| {balance:?} | {} |", cells.join(" | "));
    }
}

/// As many clients as all slaves have connections, each in a session of its own, for 2 s.
async fn reads_per_second(balance: Balance, slaves: usize) -> usize {
    let mut policy = level(Consistency::Session);
    policy.reads.on_no_slave = OnNoSlave::Error;
    let fleet = Fleet::start(Setup {
        balance,
        slaves,
        policy,
        connections: 10,
        latency: Duration::from_millis(4),
        ..Setup::default()
    });
    let end = Instant::now() + Duration::from_secs(2);
    let mut clients = JoinSet::new();
    for _ in 0..slaves * 10 {
        let fleet = fleet.clone();
        clients.spawn(async move {
            let mut reads = 0;
            while Instant::now() < end {
                fleet.read(SessionId::new()).await.unwrap();
                reads += 1;
            }
            reads
        });
    }
    clients.join_all().await.iter().sum::<usize>() / 2
}

#[tokio::test(start_paused = true)]
#[ignore = "it prints a table: cargo test --lib simulation::table -- --ignored --nocapture"]
async fn slaves_add_up() {
    println!("| balance | 1 slave | 2 | 4 | 8 | 16 | 32 | 64 |");
    println!("|---|---|---|---|---|---|---|---|");
    for balance in ALL {
        let one = reads_per_second(balance, 1).await;
        let mut cells = vec![format!("{one} reads/s")];
        for slaves in [2, 4, 8, 16, 32, 64] {
            let many = reads_per_second(balance, slaves).await;
            let times =
                f64::from(u32::try_from(many).unwrap()) / f64::from(u32::try_from(one).unwrap());
            if slaves == 8 {
                assert!(times >= 7.6, "{balance:?}: {times}");
            }
            cells.push(format!("{times:.1} ×"));
        }
        println!("| {balance:?} | {} |", cells.join(" | "));
    }
}

/// What this process holds, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() / 1024
}

/// The time of the wall, whatever the paused clock says.
#[allow(clippy::disallowed_types, reason = "tokio's stands still here")]
fn wall() -> std::time::Instant {
    std::time::Instant::now()
}

/// A million sessions, each of which writes and then reads, while it is noted who reads where.
#[tokio::test(start_paused = true)]
#[ignore = "it prints a table: cargo test --lib a_million_sessions -- --ignored --nocapture"]
async fn a_million_sessions() {
    const STEP: u64 = 100_000;
    // At one moment: none is forgotten because it is old.
    let fleet = Fleet::start(Setup {
        policy: level(Consistency::Session),
        latency: Duration::ZERO,
        ..Setup::default()
    });
    let bind = fleet.bind();
    bind.replication.sightings.keep_open(true, false);
    println!("| sessions | resident memory | route, read and note of one |");
    println!("|---|---|---|");
    for step in 0..=10 {
        let began = wall();
        for _ in 0..STEP {
            let session = SessionId::new();
            let written = crate::freshness::Moment::now();
            bind.replication.memory.note_write(session, &[], written);
            fleet.read(session).await.unwrap();
        }
        if [0, 1, 4, 10].contains(&step) {
            let one = began.elapsed().as_nanos() / u128::from(STEP);
            println!("| {} | {} MiB | {one} ns |", (step + 1) * STEP, resident());
        }
    }
}
