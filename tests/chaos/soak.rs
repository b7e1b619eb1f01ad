//! Random faults for a long time: what a process uses stays flat.

use std::{fs, time::Duration};

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use tokio::{runtime::Handle, time::Instant};

use super::{
    Row,
    cluster::Cluster,
    dialect::Dialect,
    scene::{Scene, Setup},
};

/// `CHAOS_SOAK_SECONDS` changes it.
const LENGTH: Duration = Duration::from_secs(600);

/// So long after the start, pools and caches have their size.
const LOOKS: u32 = 10;

pub(crate) async fn soak<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let seconds = std::env::var("CHAOS_SOAK_SECONDS").ok();
    let length = seconds.map_or(LENGTH, |text| Duration::from_secs(text.parse().unwrap()));
    let scene = Scene::start(cluster, Setup::default()).await;
    let mut random = SmallRng::seed_from_u64(42);
    let (begun, mut faults, mut looks) = (Instant::now(), 0, 0);
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
            println!("    {} soak {}: {}", S::NAME, faults, used(cluster).await);
        }
    }
    for slave in ["slave-1", "slave-2"] {
        scene.until_serves(slave).await;
    }
    let last = used(cluster).await;
    let in_flight = scene
        .db
        .status()
        .nodes
        .iter()
        .map(|node| node.in_flight)
        .sum::<u64>();
    let row = scene.finish(cluster.master()).await;
    row.unharmed().remark(format!(
        "{faults} faults in {} s; {in_flight} in flight; {last}",
        begun.elapsed().as_secs()
    ))
}

/// What both suites of the process use together, and the connections at these servers.
async fn used<S: Dialect>(cluster: &Cluster<S>) -> String {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    let mut connections = cluster.master().connections().await.unwrap();
    for slave in cluster.slaves() {
        connections += slave.connections().await.unwrap_or_default();
    }
    let tasks = Handle::current().metrics().num_alive_tasks();
    format!(
        "{} MiB of the process, {tasks} tasks, {connections} connections",
        pages * 4096 / (1 << 20)
    )
}
