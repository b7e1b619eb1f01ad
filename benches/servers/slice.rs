use std::{path::Path, process::id, time::Duration};

use test_cluster::living_in;
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use crate::{
    client::{Client, Work},
    cpu::Cpu,
    line_up::Entrant,
    workload::Workload,
};

/// Until connections that were idle since the last slice have been pinged, and every client waits for something.
const WARM_UP: Duration = Duration::from_millis(50);

/// Clients do not write at the same time.
const APART: u64 = 7;

/// What one contender did in one round.
#[derive(Debug)]
pub(crate) struct Slice {
    /// Operations per second.
    pub(crate) rate: f64,
    /// Microseconds, in order.
    pub(crate) latencies: Vec<f64>,
    /// Microseconds of the application's CPU per operation.
    pub(crate) client: f64,
    /// The same of the proxy.
    pub(crate) proxy: Option<f64>,
    /// The same of all servers.
    pub(crate) servers: f64,
    pub(crate) failures: usize,
    pub(crate) error: Option<String>,
}

/// A moment, and what had been used until then.
struct Mark {
    time: Instant,
    client: Cpu,
    proxy: Cpu,
}

impl Mark {
    async fn at(time: Instant, processes: &[u32]) -> Self {
        sleep_until(time).await;
        Self {
            time: Instant::now(),
            client: Cpu::of(&[id()]),
            proxy: Cpu::of(processes),
        }
    }
}

impl Slice {
    pub(crate) async fn measure(
        entrant: &Entrant,
        servers: &Path,
        (workload, clients): (Workload, usize),
        length: Duration,
    ) -> Result<Self, JoinError> {
        let processes = entrant.processes();
        let before = Cpu::of(&living_in(servers));
        let start = Instant::now() + WARM_UP;
        let end = start + length;
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let client = Client {
                workload,
                first: number as u64 * APART,
                end,
            };
            entrant.handle.spawn(&mut tasks, client);
        }
        let start = Mark::at(start, &processes).await;
        let end = Mark::at(end, &processes).await;
        let mut works = Vec::with_capacity(clients);
        while let Some(work) = tasks.join_next().await {
            works.push(work?);
        }
        // So many processes are not to be read while they work: theirs is of all operations, also of those outside.
        let all: usize = works.iter().map(|work| work.done.len()).sum();
        let after = Cpu::of(&living_in(servers));
        let servers = after.since(&before) / all.max(1) as f64 / 1e3;
        let has_proxy = !processes.is_empty();
        Ok(Self::between(&start, &end, works, has_proxy, servers))
    }

    /// What had its answer between two marks, whenever it began.
    fn between(start: &Mark, end: &Mark, works: Vec<Work>, has_proxy: bool, servers: f64) -> Self {
        let is_inside = |time: &Instant| (start.time..end.time).contains(time);
        let done = works.iter().flat_map(|work| &work.done);
        let mut latencies: Vec<f64> = done
            .filter(|(time, _)| is_inside(time))
            .map(|(_, latency)| latency.as_secs_f64() * 1e6)
            .collect();
        latencies.sort_by(f64::total_cmp);
        let number = latencies.len().max(1) as f64;
        Self {
            rate: latencies.len() as f64 / (end.time - start.time).as_secs_f64(),
            client: end.client.since(&start.client) / number / 1e3,
            proxy: has_proxy.then_some(end.proxy.since(&start.proxy) / number / 1e3),
            servers,
            failures: works.iter().map(|work| work.failures).sum(),
            error: works.into_iter().find_map(|work| work.error),
            latencies,
        }
    }
}
