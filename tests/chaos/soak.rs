//! Random faults for a long time: what a process uses stays flat.

use std::{fmt, fs, time::Duration};

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use tokio::{runtime::Handle, time::Instant};

use super::{
    Row,
    dialect::Dialect,
    load::TASKS,
    scene::{Scene, Setup},
};
use test_cluster::Cluster;

/// `CHAOS_SOAK_SECONDS` changes it.
const LENGTH: Duration = Duration::from_secs(600);

/// Of three pools of ten, and the monitor's and the suite's own.
const MOST_CONNECTIONS: u64 = 3 * 10 + 10;

/// In MiB: the rows that the suites remember at the end, and their records of them.
const MOST_GROWTH: u64 = 48;

/// So long after the start, pools and caches have their size.
const LOOKS: u32 = 10;

pub(crate) async fn soak<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let seconds = std::env::var("CHAOS_SOAK_SECONDS").ok();
    let length = seconds.map_or(LENGTH, |text| Duration::from_secs(text.parse().unwrap()));
    let scene = Scene::start(cluster, Setup::default()).await;
    let mut random = SmallRng::seed_from_u64(42);
    let (begun, mut faults, mut looks) = (Instant::now(), 0, 0);
    let mut first = None;
    while begun.elapsed() < length {
        let slave = scene.slave(random.random_range(1..=2));
        match random.random_range(0..4) {
            0 => slave.restart().await.unwrap(),
            1 => {
                slave.kill().await.unwrap();
                scene.more(200).await;
                slave.start().await.unwrap();
            }
            2 => {
                slave.freeze().unwrap();
                scene.more(600).await;
                slave.thaw().unwrap();
            }
            _ => {
                slave.pause_replay().await.unwrap();
                scene.more(400).await;
                slave.resume_replay().await.unwrap();
            }
        }
        faults += 1;
        scene.more(400).await;
        if begun.elapsed() >= length * looks / LOOKS {
            looks += 1;
            let used = Used::now(cluster).await;
            println!("    {} soak {faults}: {used}", S::NAME);
            first.get_or_insert((faults, used));
        }
    }
    for slave in ["slave-1", "slave-2"] {
        scene.until_serves(slave).await;
    }
    let last = Used::now(cluster).await;
    let nodes = scene.db.status().nodes;
    let in_flight: u64 = nodes.iter().map(|node| node.in_flight).sum();
    let row = scene.finish(cluster.master()).await;
    let (faults_before, first) = first.expect("the first look comes after the first fault");
    let most_tasks = first.tasks + 2 * TASKS + (faults - faults_before) / 2;
    row.unharmed()
        .promise("no fault leaves a task", last.tasks < most_tasks)
        .promise(
            "no fault leaves a connection",
            last.connections <= MOST_CONNECTIONS,
        )
        .promise(
            "memory stays flat",
            last.mebibytes < first.mebibytes + MOST_GROWTH,
        )
        .promise("no more is in flight than the load", in_flight <= 2 * TASKS)
        .remark(format!(
            "{faults} faults in {} s; {in_flight} in flight; {last}",
            begun.elapsed().as_secs()
        ))
}

/// What the suites of the process use together, and the connections at these servers.
#[derive(Clone, Copy, Debug)]
struct Used {
    mebibytes: u64,
    tasks: u64,
    connections: u64,
}

impl Used {
    async fn now<S: Dialect>(cluster: &Cluster<S>) -> Self {
        let pages = fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
        let mut connections = cluster.master().connections().await.unwrap();
        for slave in cluster.slaves() {
            connections += slave.connections().await.unwrap_or_default();
        }
        Self {
            mebibytes: pages * 4096 / (1 << 20),
            tasks: Handle::current().metrics().num_alive_tasks() as u64,
            connections: connections.try_into().unwrap(),
        }
    }
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} MiB of the process, {} tasks, {} connections",
            self.mebibytes, self.tasks, self.connections
        )
    }
}
