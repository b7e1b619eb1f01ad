//! What thousands of binds cost: memory, tasks, first use, a route, and the questions of monitors.
//!
//! `cargo bench --bench binds` makes 10 000 shards on SQLite files; `cargo bench --bench binds -- servers` asks two real servers
//! of PostgreSQL how often the monitors of 1 000 binds ask them.

#![allow(clippy::print_stdout, reason = "printing is what a bench is for")]
#![allow(clippy::expect_used, reason = "a bench ends where a fixture fails")]

use std::{fs, hint::black_box, path::Path, time::Duration};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, RoutingConfig},
};
use test_cluster::{Cluster, ClusterError, Postgres, until};
use tokio::{runtime::Handle, time::Instant};

const BINDS: usize = 10_000;

/// So many files may be open.
const BUDGET: u32 = 50;

const SELECT: &str = "SELECT name FROM note WHERE id = 1";

#[tokio::main]
async fn main() {
    match std::env::args().any(|argument| argument == "servers") {
        true => servers().await.expect("the servers start"),
        false => files().await.expect("SQLite works"),
    }
}

async fn files() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let db = RoutingDatabase::from_config(on_files(directory.path())).await?;
    for (from, to) in [(0, 1), (1, 1_000), (1_000, BINDS)] {
        let before = Process::now();
        let mut last = Duration::ZERO;
        for number in from..to {
            let began = Instant::now();
            db.shard("tenants", &key(number)).await?;
            last = began.elapsed();
        }
        let after = Process::now();
        let made = to - from;
        println!(
            "{to} binds: {:.1} KiB of memory and {:.2} tasks for each one more, {} files open, the last one was made in {last:?}",
            before.kib_until(&after) / made as f64,
            (after.tasks - before.tasks) as f64 / made as f64,
            after.files,
        );
        route(&db, to)?;
        first_use(&db, from, to).await?;
    }
    let used = BINDS;
    let before = Process::now();
    for number in 0..used {
        note(&db, number).await?;
    }
    let after = Process::now();
    println!(
        "all used once: {:.1} KiB for each one more, {} files open, {} threads",
        before.kib_until(&after) / used as f64,
        after.files,
        after.threads,
    );
    db.close().await?;
    Ok(())
}

/// `default` and `reports` in memory, and tenants on files.
fn on_files(directory: &Path) -> BindsConfig {
    let memory = |name: &str| BindConfig::new(name, "sqlite::memory:");
    let file = format!("sqlite://{}/{{key}}.db?mode=rwc", directory.display());
    BindsConfig::new()
        .bind(memory("default"))
        .bind(memory("reports"))
        .template(BindConfig::new("tenants", file).close_idle(Duration::from_secs(600)))
        .routing(RoutingConfig::new().connection_budget(BUDGET))
}

fn key(number: usize) -> String {
    format!("t{number}")
}

fn handle(db: &RoutingDatabase, number: usize) -> RoutingDatabase {
    db.bind(&format!("tenants:{}", key(number)))
        .expect("it was made")
}

/// The decision for a known text, on each bind in turn.
fn route(db: &RoutingDatabase, binds: usize) -> Result<(), DbErr> {
    const ROUTES: usize = 200_000;
    let handles: Vec<_> = (0..binds).map(|number| handle(db, number)).collect();
    let statement = Statement::from_string(DbBackend::Sqlite, SELECT);
    let mean = |handles: &[RoutingDatabase]| -> Result<f64, DbErr> {
        for handle in handles {
            black_box(handle.route(&statement)?);
        }
        let began = thread_time();
        for number in 0..ROUTES {
            black_box(handles[number % handles.len()].route(&statement)?);
        }
        Ok((thread_time() - began) as f64 / ROUTES as f64)
    };
    println!(
        "{binds} binds: a route takes {:.0} ns on one of them, {:.0} ns on all in turn",
        mean(&handles[..1])?,
        mean(&handles)?
    );
    Ok(())
}

/// Nanoseconds for which this thread has had a processor: what others do on the machine counts less than on a clock.
fn thread_time() -> u64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split_whitespace().next();
    first.and_then(|time| time.parse().ok()).unwrap_or(0)
}

/// A table, a row and its read.
async fn note(db: &RoutingDatabase, number: usize) -> Result<(), DbErr> {
    let db = handle(db, number);
    db.execute_unprepared("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, name TEXT)")
        .await?;
    db.query_one_raw(Statement::from_string(DbBackend::Sqlite, SELECT))
        .await?;
    Ok(())
}

async fn first_use(db: &RoutingDatabase, from: usize, to: usize) -> Result<(), DbErr> {
    let (mut first, mut second, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let few: Vec<_> = (from..to).rev().take(200).collect();
    for number in &few {
        let began = Instant::now();
        note(db, *number).await?;
        first.push(began.elapsed());
        let began = Instant::now();
        note(db, *number).await?;
        second.push(began.elapsed());
    }
    for number in few.iter().take(100) {
        let began = Instant::now();
        note(db, *number).await?;
        again.push(began.elapsed());
    }
    println!(
        "{to} binds: two statements take {:?} on a new file, {:?} on an open one, {:?} on one that was closed (medians)",
        median(first),
        median(second),
        median(again)
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What the kernel and the runtime say.
struct Process {
    kib: usize,
    files: usize,
    threads: usize,
    tasks: usize,
}

impl Process {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number.and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let links = fs::read_dir("/proc/self/fd").into_iter().flatten();
        let links = links.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        let files = links.filter(|path| path.extension().is_some_and(|end| end == "db"));
        Self {
            kib: field("VmRSS:"),
            files: files.count(),
            threads: field("Threads:"),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }

    fn kib_until(&self, after: &Self) -> f64 {
        after.kib.saturating_sub(self.kib) as f64
    }
}

/// 1 000 binds with a slave each, of ten databases on a master and a slave.
async fn servers() -> Result<(), ClusterError> {
    const TENANTS: usize = 1_000;
    const WATCHED: Duration = Duration::from_secs(20);
    let cluster = Cluster::<Postgres>::start(1).await?;
    let mut databases = Vec::new();
    for _ in 0..10 {
        databases.push(cluster.database("tenant").await?);
    }
    cluster
        .wait_until_caught_up(Duration::from_secs(30))
        .await?;
    let bind = |name: String, number: usize| {
        let database = &databases[number % databases.len()];
        let slave = NodeConfig::new("slave-1", database.url(cluster.slave(1)));
        BindConfig::new(name, database.url(cluster.master())).slave(slave)
    };
    for tenants in [1, TENANTS] {
        let config = BindsConfig::new()
            .bind(bind("default".to_owned(), 0))
            .bind(bind("reports".to_owned(), 0))
            .pool(PoolConfig::new().max_connections(1))
            .routing(RoutingConfig::new().connection_budget(40));
        let config = (0..tenants).fold(config, |config, number| {
            config.bind(bind(format!("tenants:{}", key(number)), number))
        });
        let before = Process::now();
        let began = Instant::now();
        let db = RoutingDatabase::from_config(config)
            .await
            .expect("they are there");
        let opened = began.elapsed();
        until("all slaves are known", Duration::from_secs(120), || async {
            let status = db.status();
            let mut slaves = status.nodes.iter().filter(|node| node.node == "slave-1");
            let is_known =
                slaves.all(|node| node.state == sea_orm_routing::status::NodeState::Serving);
            Ok(is_known.then_some(()))
        })
        .await?;
        let known = began.elapsed();
        let after = Process::now();
        println!(
            "{tenants} binds with a slave: opened in {opened:.1?}, all slaves known after {known:.1?}, {:.1} KiB and {:.1} tasks for each",
            before.kib_until(&after) / tenants as f64,
            (after.tasks - before.tasks) as f64 / tenants as f64,
        );
        let mut logs = Vec::new();
        for node in [cluster.master(), cluster.slave(1)] {
            logs.push((node, node.log_statements().await?));
        }
        tokio::time::sleep(WATCHED).await;
        for (node, log) in logs {
            let questions = log.count("pg_postmaster_start_time").await?;
            println!(
                "{tenants} binds: `{}` was asked {:.2} times a second by their monitors, and has {} connections open",
                node.name(),
                questions as f64 / WATCHED.as_secs_f64(),
                node.connections().await?,
            );
        }
        db.close().await.expect("it closes");
    }
    Ok(())
}
