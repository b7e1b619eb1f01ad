//! What the monitors of many processes cost the servers that they all ask.

#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::{fs, path::Path, time::Duration};

use sea_orm_routing::{RoutingDatabase, config::ReadsConfig, status::NodeState};
use test_cluster::{MariaDb, Node, Postgres, Server};
use tokio::time::{Instant, sleep};

use crate::replicated::{Notebook, Turns, until_state};

const FLEETS: [usize; 3] = [1, 10, 30];

const MEASURED: Duration = Duration::from_secs(20);

/// The time that a server's processes have run: they work in its directory.
fn cpu<S: Server>(node: &Node<S>) -> Duration {
    let directory = node.directory().canonicalize().unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let processes = processes.map(|process| process.path());
    let of_server = processes.filter(|process| {
        fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&directory))
    });
    of_server.map(|process| run_by(&process)).sum()
}

fn run_by(process: &Path) -> Duration {
    let threads = process.join("task").read_dir().into_iter().flatten();
    let times = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    });
    times.map(Duration::from_nanos).sum()
}

/// The questions of so many idle processes: how many there are in a second, and what one of them costs each server.
async fn questions_to<S: Turns>() {
    let notebook = Notebook::<S>::new("fleet").await;
    let servers = [notebook.cluster.master(), notebook.cluster.slave(1)];
    let cost = async |fleet: &[RoutingDatabase]| {
        let before = servers.map(cpu);
        let asked = Instant::now();
        sleep(MEASURED).await;
        let seconds = asked.elapsed().as_secs_f64();
        let ran = [0, 1].map(|server| (cpu(servers[server]) - before[server]).as_secs_f64());
        println!(
            "| {} | {} | {:.1} | {:.2} % | {:.2} % |",
            S::NAME,
            fleet.len(),
            fleet.len() as f64 / 2.0,
            100.0 * ran[0] / seconds,
            100.0 * ran[1] / seconds
        );
    };
    let mut fleet = Vec::new();
    cost(&fleet).await;
    for number in FLEETS {
        while fleet.len() < number {
            let db = notebook.open(ReadsConfig::new()).await;
            until_state(&db, "slave-1", NodeState::Serving).await;
            fleet.push(db);
        }
        cost(&fleet).await;
    }
    for db in fleet {
        db.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it prints a table: cargo test --test servers questions_of_a_fleet -- --ignored --nocapture"]
async fn questions_of_a_fleet() {
    println!(
        "| server | processes | questions to a node, a second | CPU of the master | of a slave |"
    );
    println!("|---|---|---|---|---|");
    questions_to::<Postgres>().await;
    questions_to::<MariaDb>().await;
}
